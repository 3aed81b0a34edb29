import Glibc

/// Samples between two positions that only grow, in memory that is touched no further than it is needed.
@safe struct PlayoutRing: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    /// In samples.
    private let size: Int
    private let bytesPerSample: Int
    /// The position that lies at the start of the memory.
    private var origin = 0
    /// End of what has been written.
    private(set) var tail = 0

    /// - Parameter size: samples that can be held.
    init(size: Int, bytesPerSample: Int) {
        (self.size, self.bytesPerSample) = (size, bytesPerSample)
        // The kernel gives pages when they are written: a call with short replies never pays for the whole ring.
        let mapped = unsafe mmap(nil, size * bytesPerSample, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            preconditionFailure("no \(size * bytesPerSample) bytes of address space for a playout ring")
        }
        unsafe memory = mapped
    }

    deinit { unsafe munmap(memory, size * bytesPerSample) }

    /// Writes at ``tail``.
    /// - Parameters:
    ///   - bytes: whole samples.
    ///   - oldest: the oldest position that must stay.
    /// - Returns: samples taken, from the front.
    mutating func append(_ bytes: Span<UInt8>, keeping oldest: Int) -> Int {
        if oldest == tail { origin = tail }
        let count = min(bytes.count / bytesPerSample, size - (tail - oldest))
        var done = 0
        while done < count {
            let at = (tail - origin) % size, run = min(count - done, size - at)
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe (memory + at * bytesPerSample).copyMemory(
                    from: bytes.baseAddress! + done * bytesPerSample, byteCount: run * bytesPerSample)
            }
            done += run
            tail += run
        }
        return count
    }

    /// Copies `count` samples out, from `position` on.
    func read(at position: Int, into bytes: inout MutableSpan<UInt8>, count: Int) {
        var done = 0
        while done < count {
            let at = (position + done - origin) % size, run = min(count - done, size - at)
            unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                unsafe UnsafeMutableRawPointer(bytes.baseAddress! + done * bytesPerSample).copyMemory(
                    from: memory + at * bytesPerSample, byteCount: run * bytesPerSample)
            }
            done += run
        }
    }

    /// Drops what lies behind `position`.
    mutating func truncate(to position: Int) { tail = min(tail, position) }
}
