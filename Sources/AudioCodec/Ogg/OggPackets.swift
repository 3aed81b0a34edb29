/// Packets of one logical stream, cut into pages and put together again (RFC 3533, 5).
struct OggPackets {
    /// A packet with the granule position of the page that it ended on, if it was the last one there.
    struct Packet: Equatable {
        var bytes: [UInt8]
        var granule: Int64?
    }
    /// The first stream of the file, in order.
    private(set) var packets: [Packet] = []
    private(set) var serial: UInt32 = 0

    /// Longest packet that is put together: an Opus packet has 61 KB at most, the tags may hold a picture.
    static let maximumPacketBytes = 16 << 20

    /// Reads a whole file: the first logical stream; pages of others are passed over, and so is a second one behind it.
    /// - Throws: ``OggError``.
    init(_ bytes: [UInt8]) throws(OggError) {
        var at = 0, open: [UInt8]?, expected: UInt32?
        while at < bytes.count {
            let page = try OggPage(bytes, at: at, end: &at)
            if expected == nil {
                guard page.isFirst else { throw OggError(.inconsistent, "the first page does not begin a stream") }
                (serial, expected) = (page.serial, page.sequence)
            }
            guard page.serial == serial else { continue }
            guard page.sequence == expected else {
                throw OggError(.inconsistent, "page \(page.sequence) follows where \(expected ?? 0) must")
            }
            expected = page.sequence &+ 1
            guard page.isContinued == (open != nil) else {
                throw OggError(.inconsistent, "page \(page.sequence) \(page.isContinued ? "goes on with a packet that nobody began" : "drops a packet")")
            }
            try take(page, &open)
            if page.isLast { break }
        }
        guard open == nil else { throw OggError(.truncated, "the last packet has no end") }
    }

    private mutating func take(_ page: OggPage, _ open: inout [UInt8]?) throws(OggError) {
        var start = 0, ended: Int?
        for length in page.lacing {
            let piece = page.body[start..<start + Int(length)]
            start += Int(length)
            let bytes = (open ?? []) + piece
            guard bytes.count <= Self.maximumPacketBytes else { throw OggError(.unsupported, "a packet of more than \(Self.maximumPacketBytes) bytes") }
            if length == 255 {
                open = bytes
            } else {
                ended = packets.count
                packets.append(Packet(bytes: bytes, granule: nil))
                open = nil
            }
        }
        if let ended { packets[ended].granule = page.granule }
    }

    /// Writes packets as one stream.
    /// - Parameters:
    ///   - groups: packets that share a page, as far as they fit; each group begins a page of its own.
    ///   - granules: position at the end of each group.
    static func encoded(_ groups: [[[UInt8]]], granules: [Int64], serial: UInt32) -> [UInt8] {
        var pages: [OggPage] = []
        for (group, granule) in zip(groups, granules) {
            var page = OggPage()
            for packet in group {
                var rest = packet[...]
                while true {
                    if page.lacing.count == 255 {
                        pages.append(page)
                        page = OggPage()
                        page.isContinued = rest.startIndex > packet.startIndex
                    }
                    let piece = rest.prefix(255)
                    page.lacing.append(UInt8(piece.count))
                    page.body += piece
                    rest = rest.dropFirst(255)
                    if piece.count < 255 { break }
                }
            }
            page.granule = granule
            pages.append(page)
        }
        var bytes: [UInt8] = []
        for index in pages.indices {
            pages[index].serial = serial
            pages[index].sequence = UInt32(index)
            pages[index].isFirst = index == 0
            pages[index].isLast = index == pages.count - 1
            bytes += pages[index].encoded()
        }
        return bytes
    }
}
