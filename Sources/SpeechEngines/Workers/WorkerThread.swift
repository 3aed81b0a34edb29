import CWhisper
import Glibc

/// A thread for work of 10 to 300 ms.
enum WorkerThread {
    /// Under the event loops and everything else at rest: a frame that is due goes before a decode that is not.
    static let niceness: CInt = 2

    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
    }

    /// Runs `body` on a new thread of its own, which ends with it.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe cwhisper_name_thread(start.name)
                // On Linux, process 0 is the calling thread alone.
                setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, WorkerThread.niceness)
                start.body()
                return nil
            }, start.toOpaque())
        // The kernel has no thread left: nothing in this process could go on working.
        precondition(status == 0, "no thread for \(name): error \(status)")
        pthread_detach(thread)
    }

    /// The cores this process may use.
    static var cores: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }
}
