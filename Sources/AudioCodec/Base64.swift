/// Base64 (RFC 4648, 4) into memory that the caller owns: no allocation, no error objects.
///
/// Strict: the standard alphabet, whole groups of four, padding where it belongs and nowhere else, no white space, and
/// no stray bits behind the last byte (RFC 4648, 3.5), so that one byte string has exactly one text.
public enum Base64 {
    @usableFromInline static let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// Characters that `count` bytes take.
    @inlinable public static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }
    /// Bytes that `count` characters can hold at most.
    @inlinable public static func decodedCapacity(_ count: Int) -> Int { count / 4 * 3 }

    /// Decodes a whole text.
    /// - Parameters:
    ///   - text: ASCII characters, padding included.
    ///   - bytes: receives the bytes from its front; never written beyond its end.
    /// - Returns: bytes written; `nil` when `text` is not Base64 or `bytes` too short. `bytes` is undefined then.
    @inlinable public static func decode(
        _ text: Span<UInt8>, into bytes: inout MutableSpan<UInt8>, tables: CodecTables = .shared
    ) -> Int? {
        unsafe text.withUnsafeBufferPointer { text in
            unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                guard let from = text.baseAddress, let to = bytes.baseAddress else { return text.isEmpty ? 0 : nil }
                return unsafe decode(from, count: text.count, into: to, capacity: bytes.count, tables: tables)
            }
        }
    }

    /// Encodes bytes, padding included.
    /// - Parameter text: receives the characters from its front.
    /// - Returns: characters written; `nil` when `text` is shorter than ``encodedCount(_:)``.
    @inlinable public static func encode(
        _ bytes: Span<UInt8>, into text: inout MutableSpan<UInt8>, tables: CodecTables = .shared
    ) -> Int? {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe text.withUnsafeMutableBufferPointer { text in
                guard text.count >= encodedCount(bytes.count) else { return nil }
                guard let from = bytes.baseAddress, let to = text.baseAddress else { return 0 }
                return unsafe encode(from, count: bytes.count, into: to, tables: tables)
            }
        }
    }

    /// Decodes raw memory, for a receive buffer that is not ours; otherwise as ``decode(_:into:tables:)``.
    @inlinable @unsafe public static func decode(
        _ text: UnsafePointer<UInt8>, count: Int, into bytes: UnsafeMutablePointer<UInt8>, capacity: Int, tables: CodecTables
    ) -> Int? {
        guard count & 3 == 0 else { return nil }
        guard count > 0 else { return 0 }
        let padding = unsafe text[count - 1] != pad ? 0 : text[count - 2] != pad ? 1 : 2
        let written = count / 4 * 3 - padding
        guard written <= capacity else { return nil }
        let values = unsafe tables.base64Values
        let whole = padding > 0 ? count - 4 : count
        // A character outside the alphabet is negative, and one sign bit survives every "or": one test at the end.
        var invalid: Int32 = 0
        var from = 0, to = 0
        while from < whole {
            let a = unsafe Int32(values[Int(text[from])]), b = unsafe Int32(values[Int(text[from &+ 1])])
            let c = unsafe Int32(values[Int(text[from &+ 2])]), d = unsafe Int32(values[Int(text[from &+ 3])])
            invalid |= a | b | c | d
            let group = UInt32(bitPattern: a << 18 | b << 12 | c << 6 | d)
            unsafe bytes[to] = UInt8(truncatingIfNeeded: group >> 16)
            unsafe bytes[to &+ 1] = UInt8(truncatingIfNeeded: group >> 8)
            unsafe bytes[to &+ 2] = UInt8(truncatingIfNeeded: group)
            from &+= 4
            to &+= 3
        }
        if padding > 0 {
            let a = unsafe Int32(values[Int(text[whole])]), b = unsafe Int32(values[Int(text[whole + 1])])
            let c = padding == 1 ? unsafe Int32(values[Int(text[whole + 2])]) : 0
            invalid |= a | b | c
            let group = UInt32(bitPattern: a << 18 | b << 12 | c << 6)
            guard group & (padding == 1 ? 0xFF : 0xFFFF) == 0 else { return nil }
            unsafe bytes[to] = UInt8(truncatingIfNeeded: group >> 16)
            if padding == 1 { unsafe bytes[to + 1] = UInt8(truncatingIfNeeded: group >> 8) }
        }
        return invalid < 0 ? nil : written
    }

    /// Encodes raw memory.
    /// - Parameter text: room for ``encodedCount(_:)`` characters.
    /// - Returns: characters written.
    @inlinable @unsafe public static func encode(
        _ bytes: UnsafePointer<UInt8>, count: Int, into text: UnsafeMutablePointer<UInt8>, tables: CodecTables
    ) -> Int {
        let pairs = unsafe tables.base64Pairs
        let raw = UnsafeMutableRawPointer(text)
        var from = 0, to = 0
        while from &+ 3 <= count {
            let group = unsafe UInt32(bytes[from]) << 16 | UInt32(bytes[from &+ 1]) << 8 | UInt32(bytes[from &+ 2])
            unsafe raw.storeBytes(of: pairs[Int(group >> 12)].littleEndian, toByteOffset: to, as: UInt16.self)
            unsafe raw.storeBytes(of: pairs[Int(group & 4_095)].littleEndian, toByteOffset: to &+ 2, as: UInt16.self)
            from &+= 3
            to &+= 4
        }
        guard from < count else { return to }
        let isPair = from + 1 < count
        let group = unsafe UInt32(bytes[from]) << 16 | (isPair ? UInt32(bytes[from + 1]) << 8 : 0)
        unsafe raw.storeBytes(of: pairs[Int(group >> 12)].littleEndian, toByteOffset: to, as: UInt16.self)
        unsafe text[to + 2] = isPair ? UInt8(truncatingIfNeeded: pairs[Int(group & 4_095)]) : pad
        unsafe text[to + 3] = pad
        return to + 4
    }

    @usableFromInline static let pad = UInt8(ascii: "=")
}
