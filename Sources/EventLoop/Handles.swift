import CLibUV
import Glibc

/// The libuv loop and the handles of our own on it.
///
/// Memory outlives the thread: other threads may still be sending a wake-up while the loop ends.
@safe final class Handles {
    let loop = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
    private let async = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
    private let prepare = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
    private let check = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)
    private let tick = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
    private let deadline = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    private let tickDescriptor: CInt

    /// Length of a tick; four of them are a frame.
    static let tickLength = Duration.milliseconds(5)

    init() throws(EventLoopError) {
        let status = unsafe uv_loop_init(loop)
        guard status == 0 else { throw EventLoopError(code: .noDescriptor, status: Int(status)) }
        tickDescriptor = mg_timerfd_periodic(5_000_000)
        guard tickDescriptor >= 0 else { throw EventLoopError(code: .noDescriptor, status: Int(errno)) }
    }

    /// Arms the handles; callbacks run on the thread that will run the loop.
    func bind(to owner: EventLoop) {
        let me = unsafe Unmanaged.passUnretained(owner).toOpaque()
        unsafe uv_async_init(loop, async) { handle in unsafe Handles.owner(handle!.pointee.data).drainInbox() }
        unsafe uv_prepare_init(loop, prepare)
        unsafe uv_check_init(loop, check)
        unsafe uv_poll_init(loop, tick, tickDescriptor)
        unsafe uv_timer_init(loop, deadline)
        unsafe async.pointee.data = me
        unsafe prepare.pointee.data = me
        unsafe check.pointee.data = me
        unsafe tick.pointee.data = me
        unsafe uv_prepare_start(prepare) { handle in
            let owner = unsafe Handles.owner(handle!.pointee.data)
            owner.drainLocal()
            owner.activity.sleep()
        }
        unsafe uv_check_start(check) { handle in unsafe Handles.owner(handle!.pointee.data).drainLocal() }
        unsafe uv_poll_start(tick, CInt(UV_READABLE.rawValue)) { handle, _, _ in
            unsafe Handles.owner(handle!.pointee.data).ticked()
        }
    }

    private static func owner(_ data: UnsafeMutableRawPointer) -> EventLoop {
        unsafe Unmanaged<EventLoop>.fromOpaque(data).takeUnretainedValue()
    }

    /// Any thread.
    func wake() { unsafe uv_async_send(async) }

    /// Ticks since the last call: 1 in good times.
    func elapsedTicks() -> Int {
        var count: UInt64 = 0
        guard unsafe read(tickDescriptor, &count, 8) == 8 else { return 0 }
        return Int(clamping: count)
    }

    /// Until no handle is left.
    func run() { unsafe uv_run(loop, UV_RUN_DEFAULT) }

    /// Lets ``run()`` return once the handles of others are closed too; after `patience` they are closed by force.
    func close(patience: Duration) {
        unsafe uv_close(generic(prepare), nil)
        unsafe uv_close(generic(check), nil)
        unsafe uv_close(generic(tick), nil)
        unsafe uv_timer_start(
            deadline,
            { handle in
                unsafe uv_walk(
                    handle!.pointee.loop,
                    { handle, _ in
                        if unsafe uv_is_closing(handle) == 0 { unsafe uv_close(handle, nil) }
                    }, nil)
            }, UInt64(patience / .milliseconds(1)), 0)
        unsafe uv_unref(generic(deadline))
        unsafe uv_unref(generic(async))
    }

    /// After ``run()``, on the loop's thread: the last handles, and the loop itself.
    /// - Returns: false when somebody left a handle open.
    func finish() -> Bool {
        if unsafe uv_is_closing(generic(deadline)) == 0 { unsafe uv_close(generic(deadline), nil) }
        if unsafe uv_is_closing(generic(async)) == 0 { unsafe uv_close(generic(async), nil) }
        unsafe uv_run(loop, UV_RUN_DEFAULT)
        _ = Glibc.close(tickDescriptor)
        return unsafe uv_loop_close(loop) == 0
    }

    func deallocate() {
        unsafe async.deallocate()
        unsafe prepare.deallocate()
        unsafe check.deallocate()
        unsafe tick.deallocate()
        unsafe deadline.deallocate()
        unsafe loop.deallocate()
    }
}

/// libuv's own upcast.
@unsafe func generic<Handle>(_ handle: UnsafeMutablePointer<Handle>) -> UnsafeMutablePointer<uv_handle_t> {
    unsafe UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self)
}
