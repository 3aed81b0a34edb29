import EventLoop

/// Where a response's body goes. Called on the loop.
protocol BodyDelivery: AnyObject, Sendable {
    /// Whether the request is over for its caller once the body has ended, instead of once the head is there.
    var isAwaitedWhole: Bool { get }
    /// What can be asked of the transfer later.
    func begin(_ control: TransferControl)
    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyVerdict
    func end(_ failure: HTTPError?)
}

enum BodyVerdict {
    case taken
    /// Not taken: the transfer rests until ``TransferControl/resume()``, and then brings the same bytes again.
    case wait
    case tooLarge
}

/// From any thread: what a consumer may ask of a transfer.
struct TransferControl: Sendable {
    let resume: @Sendable () -> Void
    let cancel: @Sendable () -> Void
}

/// Collects the body; read once the request is over.
final class WholeBody: BodyDelivery, @unchecked Sendable {
    private(set) var body: [UInt8] = []
    private let limit: Int
    let isAwaitedWhole = true

    init(limit: Int) { self.limit = limit }

    func begin(_ control: TransferControl) {}
    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyVerdict {
        guard body.count + bytes.count <= limit else { return .tooLarge }
        unsafe body.append(contentsOf: bytes)
        return .taken
    }
    func end(_ failure: HTTPError?) {}
}
