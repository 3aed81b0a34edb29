import Glibc

/// Bytes between two positions that only grow, in memory that is touched no further than it is needed.
@safe struct PlayoutRing: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let size: Int
    /// The position that lies at the start of the memory.
    private var origin = 0
    /// End of what has been written.
    private(set) var tail = 0

    /// - Parameter size: bytes that can be held.
    init(size: Int) {
        self.size = size
        // The kernel gives pages when they are written: a call with short replies never pays for the whole ring.
        let mapped = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            preconditionFailure("no \(size) bytes of address space for a playout ring")
        }
        unsafe memory = mapped
    }

    deinit { unsafe munmap(memory, size) }

    /// Writes at ``tail``.
    /// - Parameter keeping: the oldest position that must stay.
    /// - Returns: bytes taken, from the front.
    mutating func append(_ bytes: Span<UInt8>, keeping oldest: Int) -> Int {
        if oldest == tail { origin = tail }
        let count = min(bytes.count, size - (tail - oldest))
        var done = 0
        while done < count {
            let at = (tail - origin) % size, run = min(count - done, size - at)
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe (memory + at).copyMemory(from: bytes.baseAddress! + done, byteCount: run)
            }
            done += run
            tail += run
        }
        return count
    }

    /// Copies bytes out, from `position` on.
    func read(at position: Int, into bytes: inout MutableSpan<UInt8>, count: Int) {
        var done = 0
        while done < count {
            let at = (position + done - origin) % size, run = min(count - done, size - at)
            unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                unsafe UnsafeMutableRawPointer(bytes.baseAddress! + done).copyMemory(from: memory + at, byteCount: run)
            }
            done += run
        }
    }

    /// Drops what lies behind `position`.
    mutating func truncate(to position: Int) { tail = min(tail, position) }
}
