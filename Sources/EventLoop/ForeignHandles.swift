import CLibUV
import Glibc

/// The handles that a library put on a loop of ours, to be taken off again by us. Loop-confined.
@safe package final class ForeignHandles {
    private var handles: [UnsafeMutablePointer<uv_handle_t>]

    fileprivate init(_ handles: [UnsafeMutablePointer<uv_handle_t>]) { unsafe self.handles = handles }

    /// Closes them, and the descriptors that they watch: for a library that is never called again.
    package func close() {
        while let handle = unsafe handles.popLast() {
            guard unsafe uv_is_closing(handle) == 0 else { continue }
            var descriptor: uv_os_fd_t = -1
            let isWatching = unsafe uv_fileno(handle, &descriptor) == 0
            unsafe uv_close(handle, nil)
            if isWatching { _ = Glibc.close(descriptor) }
        }
    }
}

extension EventLoop {
    /// Runs `body`, in which a library puts handles on the loop, and tells which. On the loop only.
    package func collectingHandles(_ body: () -> Void) -> ForeignHandles {
        preconditionOnLoop()
        let before = unsafe allHandles()
        body()
        return unsafe ForeignHandles(allHandles().filter { unsafe !before.contains($0) })
    }

    @unsafe private func allHandles() -> [UnsafeMutablePointer<uv_handle_t>] {
        var found: [UnsafeMutablePointer<uv_handle_t>] = unsafe []
        unsafe withUnsafeMutablePointer(to: &found) { found in
            unsafe uv_walk(
                handles.loop,
                { handle, list in
                    guard let handle = unsafe handle, let list = unsafe list else { return }
                    unsafe list.assumingMemoryBound(to: [UnsafeMutablePointer<uv_handle_t>].self).pointee.append(handle)
                }, found)
        }
        return unsafe found
    }
}
