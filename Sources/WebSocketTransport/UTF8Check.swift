/// Whether the bytes are UTF-8: eight at a time as long as they are ASCII, which media messages are throughout.
func isValidUTF8(_ message: RawSpan) -> Bool {
    unsafe message.withUnsafeBytes { bytes in
        var index = 0
        while index + 8 <= bytes.count, unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
            index += 8
        }
        while index < bytes.count, unsafe bytes[index] < 0x80 { index += 1 }
        if index == bytes.count { return true }
        return unsafe String(validating: UnsafeRawBufferPointer(rebasing: bytes[index...]), as: UTF8.self) != nil
    }
}
