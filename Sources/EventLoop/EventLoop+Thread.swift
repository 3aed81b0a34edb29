import CLoopThread
import Glibc
import Synchronization

/// A pthread that can be joined once.
struct LoopThread {
    var id: pthread_t

    /// - Parameter body: runs on the new thread, with every signal but the synchronous ones left to the main thread.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(EventLoopError) -> LoopThread {
        var blocked = sigset_t(), previous = sigset_t()
        unsafe sigfillset(&blocked)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP] { unsafe sigdelset(&blocked, fault) }
        unsafe pthread_sigmask(SIG_BLOCK, &blocked, &previous)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        final class Box {
            let name: String, body: @Sendable () -> Void
            init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
        }
        let box = unsafe Unmanaged.passRetained(Box(String(name.prefix(15)), body))
        var id = pthread_t()
        let status = unsafe pthread_create(
            &id, nil,
            { raw in
                let box = unsafe Unmanaged<Box>.fromOpaque(raw!).takeRetainedValue()
                unsafe mg_name_thread(box.name)
                box.body()
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            unsafe box.release()
            throw EventLoopError(code: .noThread, status: Int(status))
        }
        return LoopThread(id: id)
    }

    /// Waits for its end; nothing to wait for on the thread itself.
    func join() {
        if pthread_equal(id, pthread_self()) == 0 { pthread_join(id, nil) } else { pthread_detach(id) }
    }
}

extension EventLoop {
    /// How long attachments may take to close what they put on the loop.
    static let closePatience = Duration.seconds(2)

    func startThread() throws(EventLoopError) {
        let started = try LoopThread.start(name: name) { [self] in
            unsafe mg_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
            handles.run()
            finishThread()
        }
        thread.withLock { $0 = started }
    }

    /// Ends the loop: attachments close their sockets, tasks that are ready run once more, the thread is joined. Idempotent.
    ///
    /// Work posted from now on is refused. Not from an actor pinned to this loop: it would wait for itself.
    public func stop() async {
        await withCheckedContinuation { waiter in
            let isFirst = inbox.withLock { inbox -> Bool? in
                if inbox.state == .ended { return nil }
                inbox.stopWaiters.append(waiter)
                guard inbox.state == .open else { return false }
                inbox.items.append(.work { [self] in beginEnd() })
                inbox.state = .ending
                wakers.add(1, ordering: .relaxed)
                return true
            }
            switch isFirst {
            case nil: waiter.resume()
            case false?: break
            case true?:
                handles.wake()
                wakers.subtract(1, ordering: .releasing)
            }
        }
        thread.withLock { thread in
            defer { thread = nil }
            return thread
        }?.join()
    }

    /// On the loop: everybody who put handles on it takes them off.
    private func beginEnd() {
        for attachment in attachments.reversed() { attachment.value.loopWillEnd() }
        schedule.removeAll()
        handles.close(patience: Self.closePatience)
    }

    /// On the thread, when no handle is left but those that wake it.
    private func finishThread() {
        for attachment in attachments.reversed() { attachment.value.loopDidEnd() }
        attachments = []
        drainLocal()
        drainInbox()
        let waiters = inbox.withLock { inbox in
            inbox.state = .ended
            defer { inbox.stopWaiters = [] }
            return inbox.stopWaiters
        }
        while wakers.load(ordering: .acquiring) > 0 { sched_yield() }  // a syscall's length at most
        let isClean = handles.finish()
        assert(isClean, "a handle was left on the event loop")
        mg_set_current_loop(nil)
        runLateJobs()
        for waiter in waiters { waiter.resume() }
    }
}
