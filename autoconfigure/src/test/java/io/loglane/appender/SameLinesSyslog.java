package io.loglane.appender;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.spi.MDCAdapter;

/**
 * A Logback of the row's own whose records go to a syslog server, which writes them into
 * a file when all have come.
 */
final class SameLinesSyslog implements SameLinesLogging {

	private static final String END = "the end";

	private final Path file;

	private final List<String> received = new ArrayList<>();

	private final Callers server = new Callers();

	private final DatagramSocket socket;

	private final SameLinesOwnContext context;

	SameLinesSyslog(SameLinesRow row, Path folder, boolean queued) {
		this.file = folder.resolve("syslog.log");
		try {
			this.socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			this.socket.setReceiveBufferSize(1 << 20);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.server.start(this::receive);
		this.context = new SameLinesOwnContext(row, folder, queued,
				(xml) -> xml.replace("${port}", String.valueOf(this.socket.getLocalPort())));
	}

	private void receive() throws IOException {
		DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
		while (true) {
			this.socket.receive(packet);
			String text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
			if (text.equals(END)) {
				return;
			}
			this.received.add(text);
		}
	}

	@Override
	public LoggerContext context() {
		return this.context.context();
	}

	@Override
	public MDCAdapter mdc() {
		return this.context.mdc();
	}

	@Override
	public void close() {
		this.context.close();
		byte[] end = END.getBytes(StandardCharsets.UTF_8);
		try (this.socket) {
			this.socket.send(new DatagramPacket(end, end.length, this.socket.getLocalSocketAddress()));
			this.server.join();
			Files.write(this.file, this.received);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
