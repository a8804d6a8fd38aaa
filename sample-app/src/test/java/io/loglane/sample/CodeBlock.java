package io.loglane.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A block of code in a document.
 *
 * @param language what it is written in; empty: what a program writes
 * @param text the block
 */
record CodeBlock(String language, String text) {

	private static final String FENCE = "```";

	static List<CodeBlock> of(Path document) throws IOException {
		List<CodeBlock> blocks = new ArrayList<>();
		String language = null;
		StringBuilder text = new StringBuilder();
		for (String line : Files.readAllLines(document)) {
			if (language == null) {
				language = line.startsWith(FENCE) ? line.substring(FENCE.length()) : null;
			}
			else if (line.equals(FENCE)) {
				blocks.add(new CodeBlock(language, text.toString()));
				language = null;
				text.setLength(0);
			}
			else {
				text.append(line).append('\n');
			}
		}
		return blocks;
	}

}
