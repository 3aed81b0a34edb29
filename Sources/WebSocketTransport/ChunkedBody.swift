/// A request body in chunks, read by the letter of RFC 9112, 7.1: extensions and trailers are skipped, within bounds.
///
/// Every line ends with CR and LF, both; a chunk is as long as it says. Whatever two servers could read in two ways is an error.
struct ChunkedBody {
    enum Outcome: Equatable {
        /// All was used up.
        case more
        /// The body is complete; so many of the bytes belong to it.
        case complete(Int)
        /// Answered with this status, and the connection closed.
        case broken(Int)
    }

    private enum State {
        /// Hexadecimal digits, so many read.
        case size(digits: Int)
        case sizeExtension
        /// CR is there, LF must follow.
        case sizeEnd
        /// So many bytes of the chunk are missing.
        case data(Int)
        case dataEnd(hasReturn: Bool)
        /// In a line of the trailer, so long.
        case trailer(Int)
        case trailerEnd(isEmpty: Bool)
    }

    private(set) var bytes: [UInt8] = []
    private var state = State.size(digits: 0)
    private var size = 0
    /// Of extensions and trailers, which are skipped.
    private var skipped = 0
    private let limit: Int

    /// Bytes of extensions and trailers in one body.
    static let maximumSkipped = 4_096
    /// Of a chunk's size: more than any body here can have.
    private static let maximumDigits = 8

    /// - Parameter limit: bytes of the body.
    init(limit: Int) { self.limit = limit }

    /// Reads on with what came.
    mutating func read(_ input: RawSpan) -> Outcome {
        var index = 0
        while index < input.byteCount {
            if case .data(let missing) = state {
                let count = min(missing, input.byteCount - index)
                unsafe input.extracting(index..<index + count).withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
                index += count
                state = missing == count ? .dataEnd(hasReturn: false) : .data(missing - count)
                continue
            }
            let byte = unsafe input.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            index += 1
            switch step(byte) {
            case nil: break
            case 0: return .complete(index)
            case let status?: return .broken(status)
            }
        }
        return .more
    }

    /// - Returns: nil to go on, 0 at the end, else the status to answer with.
    private mutating func step(_ byte: UInt8) -> Int? {
        let carriageReturn: UInt8 = 0x0D, lineFeed: UInt8 = 0x0A
        switch state {
        case .size(let digits):
            if let digit = RequestPath.digit(byte) {
                guard digits < Self.maximumDigits else { return 400 }
                size = size << 4 | Int(digit)
                state = .size(digits: digits + 1)
                return bytes.count + size > limit ? 413 : nil
            }
            guard digits > 0 else { return 400 }
            if byte == carriageReturn { state = .sizeEnd } else if byte == UInt8(ascii: ";") { state = .sizeExtension } else { return 400 }
        case .sizeExtension:
            if byte == carriageReturn { state = .sizeEnd } else { return skip(byte) }
        case .sizeEnd:
            guard byte == lineFeed else { return 400 }
            state = size == 0 ? .trailer(0) : .data(size)
        case .data: break
        case .dataEnd(let hasReturn):
            guard byte == (hasReturn ? lineFeed : carriageReturn) else { return 400 }
            state = hasReturn ? .size(digits: 0) : .dataEnd(hasReturn: true)
            size = 0
        case .trailer(let length):
            if byte == carriageReturn {
                state = .trailerEnd(isEmpty: length == 0)
            } else {
                // A line that begins with a blank would be a folded one.
                if length == 0, byte == 0x20 || byte == 0x09 { return 400 }
                state = .trailer(length + 1)
                return skip(byte)
            }
        case .trailerEnd(let isEmpty):
            guard byte == lineFeed else { return 400 }
            if isEmpty { return 0 }
            state = .trailer(0)
        }
        return nil
    }

    private mutating func skip(_ byte: UInt8) -> Int? {
        skipped += 1
        guard skipped <= Self.maximumSkipped else { return 431 }
        return byte >= 0x20 && byte != 0x7F || byte == 0x09 ? nil : 400
    }
}
