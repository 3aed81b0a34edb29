import CLibUV

/// A timer with the resolution of 1 ms that libuv gives, for a library that brings its own schedule. Loop-confined; lives until
/// ``close()``. Calls use ticks and ``EventLoop/after(_:_:)``.
@safe package final class PreciseTimer {
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private var fired: (() -> Void)?
    private let activity: LoopActivity

    package init(on loop: EventLoop, fired: @escaping () -> Void) {
        loop.preconditionOnLoop()
        (self.fired, activity) = (fired, loop.activity)
        unsafe timer = .allocate(capacity: 1)
        unsafe uv_timer_init(loop.handles.loop, timer)
        unsafe timer.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    /// Fires once; 0 means on the loop's next turn. Replaces what was set before.
    package func start(milliseconds: UInt64) {
        guard fired != nil else { return }
        unsafe uv_timer_start(
            timer,
            { handle in
                let timer = unsafe Unmanaged<PreciseTimer>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
                timer.activity.begin("timer")
                timer.fired?()
            }, milliseconds, 0)
    }

    package func stop() { if fired != nil { unsafe uv_timer_stop(timer) } }

    /// Does not fire afterwards.
    package func close() {
        guard fired != nil else { return }
        fired = nil
        unsafe uv_close(generic(timer)) { handle in unsafe Unmanaged<PreciseTimer>.fromOpaque(handle!.pointee.data).release() }
    }

    deinit { unsafe timer.deallocate() }
}
