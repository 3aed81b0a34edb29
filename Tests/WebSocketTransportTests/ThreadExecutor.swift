import Foundation

/// A thread as an actor's executor, for an actor that blocks. It ends with its last reference.
final class ThreadExecutor: SerialExecutor {
    private final class Mailbox: @unchecked Sendable {
        private let condition = NSCondition()
        private var work: [@Sendable () -> Void] = []
        private var isOver = false

        func append(_ item: @escaping @Sendable () -> Void) {
            condition.withLock { work.append(item) }
            condition.signal()
        }

        func close() {
            condition.withLock { isOver = true }
            condition.signal()
        }

        func run() {
            while let item = next() { item() }
        }

        private func next() -> (@Sendable () -> Void)? {
            condition.lock()
            defer { condition.unlock() }
            while work.isEmpty {
                if isOver { return nil }
                condition.wait()
            }
            return work.removeFirst()
        }
    }

    private let mailbox = Mailbox()

    init() { Thread.detachNewThread { [mailbox] in mailbox.run() } }
    deinit { mailbox.close() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        mailbox.append { [self] in unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
