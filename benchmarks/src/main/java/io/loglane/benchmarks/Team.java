package io.loglane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Callers that log at the same time, again and again, each on a thread of its own. */
final class Team implements AutoCloseable {

	private final List<Caller> callers = new ArrayList<>();

	private final List<Thread> threads = new ArrayList<>();

	private final CyclicBarrier barrier;

	private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

	private volatile @Nullable Consumer<Caller> work;

	Team(Subject subject, int size) {
		this(subject, size, (number) -> {
		});
	}

	/**
	 * @param prepare called by each thread with its number, once
	 */
	Team(Subject subject, int size, Consumer<Integer> prepare) {
		this.barrier = new CyclicBarrier(size + 1);
		for (int i = 0; i < size; i++) {
			int number = i;
			Caller caller = new Caller(subject, number);
			this.callers.add(caller);
			Thread thread = new Thread(() -> {
				subject.putContext();
				prepare.accept(number);
				work(caller);
			}, String.format("caller-%02d", number));
			thread.setDaemon(true);
			this.threads.add(thread);
			thread.start();
		}
	}

	private void work(Caller caller) {
		while (true) {
			await();
			Consumer<Caller> work = this.work;
			if (work == null) {
				return;
			}
			try {
				work.accept(caller);
			}
			catch (Throwable ex) {
				this.failure.set(ex);
			}
			await();
		}
	}

	private void await() {
		try {
			this.barrier.await();
		}
		catch (InterruptedException | BrokenBarrierException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Let all do it at the same time, and return when all have. */
	void run(Consumer<Caller> work) {
		this.work = work;
		await();
		await();
		Throwable failure = this.failure.get();
		if (failure != null) {
			throw new IllegalStateException("A call failed", failure);
		}
	}

	List<Caller> callers() {
		return this.callers;
	}

	long sum(ToLongFunction<Caller> figure) {
		return this.callers.stream().mapToLong(figure).sum();
	}

	Histogram histogram() {
		Histogram sum = new Histogram(this.callers.get(0).histogram());
		this.callers.forEach((caller) -> sum.add(caller.histogram()));
		return sum;
	}

	Tally logged() {
		Tally tally = new Tally();
		this.callers.forEach((caller) -> caller.addLoggedTo(tally));
		return tally;
	}

	@Override
	public void close() {
		this.work = null;
		await();
		for (Thread thread : this.threads) {
			try {
				thread.join();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

}
