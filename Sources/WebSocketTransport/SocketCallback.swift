import CLibwebsockets
import EventLoop

/// Every event of every socket of a loop, on the loop. Non-zero ends the connection, after what is buffered has been sent.
func socketCallback(
    _ socket: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?, _ input: UnsafeMutableRawPointer?,
    _ length: Int
) -> CInt {
    // An imported enum is compared case after case: what comes every frame stands first.
    switch reason {
    case LWS_CALLBACK_RECEIVE, LWS_CALLBACK_CLIENT_RECEIVE:
        guard let socket = unsafe socket, let user = unsafe user else { return -1 }
        return unsafe receive(
            socket, user.assumingMemoryBound(to: WebSocketSession.self), UnsafeRawBufferPointer(start: input, count: length))
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        guard let socket = unsafe socket, let context = unsafe lws_context_user(lws_get_context(socket)) else { return 0 }
        unsafe Unmanaged<LoopContext>.fromOpaque(context).takeUnretainedValue().nudged()
        return 0
    default: break
    }
    guard let socket = unsafe socket, let opaque = unsafe lws_get_opaque_user_data(socket) else { return 0 }
    let record = unsafe Unmanaged<SocketRecord>.fromOpaque(opaque).takeUnretainedValue()
    let bytes = unsafe UnsafeRawBufferPointer(start: input, count: length)
    let outer = record.context.loop.beginNamed("WebSocket event")
    defer { record.context.loop.endNamed(outer) }

    switch reason {
    case LWS_CALLBACK_SERVER_WRITEABLE, LWS_CALLBACK_CLIENT_WRITEABLE:
        record.connection?.writable()
    case LWS_CALLBACK_RECEIVE_PONG, LWS_CALLBACK_CLIENT_RECEIVE_PONG: record.connection?.heard(message: false)
    // A handshake was next; anything else is none of the library's business.
    case LWS_CALLBACK_HTTP, LWS_CALLBACK_RAW_ADOPT, LWS_CALLBACK_RAW_CONNECTED, LWS_CALLBACK_RAW_RX: return -1
    case LWS_CALLBACK_ESTABLISHED, LWS_CALLBACK_CLIENT_ESTABLISHED: return unsafe record.established(socket, user)
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: unsafe record.peerClosed(bytes)
    case LWS_CALLBACK_CLOSED, LWS_CALLBACK_CLIENT_CLOSED: unsafe record.closed(user)
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return unsafe record.appendHeaders(socket, input, length)
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: unsafe record.connectFailed(bytes)
    case LWS_CALLBACK_WSI_DESTROY:
        unsafe lws_set_opaque_user_data(socket, nil)
        unsafe Unmanaged<SocketRecord>.fromOpaque(opaque).release()
        record.destroyed()
    default: break
    }
    return 0
}

/// A piece of a message, mostly all of it.
@unsafe private func receive(
    _ socket: OpaquePointer, _ session: UnsafeMutablePointer<WebSocketSession>, _ piece: UnsafeRawBufferPointer
) -> CInt {
    let connection = unsafe session.pointee.connection
    guard connection.isOpen else { return connection.isReadyToClose ? -1 : 0 }
    connection.heard(message: true)
    let record = unsafe session.pointee.record
    let outer = record.context.loop.beginNamed("WebSocket message")
    defer { record.context.loop.endNamed(outer) }
    let remaining = unsafe lws_remaining_packet_payload(socket)
    let isEnd = unsafe remaining == 0 && lws_is_final_fragment(socket) != 0
    let limit = record.limits.maximumMessageBytes
    if isEnd, unsafe !session.pointee.assembly.isUnderWay, piece.count <= limit {
        unsafe deliver(piece.bytes, socket, session.pointee.handler, connection, record)
    } else if unsafe session.pointee.assembly.append(piece, expected: Int(clamping: remaining), limit: limit) {
        if isEnd {
            let message = unsafe session.pointee.assembly.take()
            unsafe deliver(message.span.bytes, socket, session.pointee.handler, connection, record)
        }
    } else {
        connection.close(cause: .messageTooBig, code: 1009, reason: "at most \(limit) bytes")
    }
    return connection.isReadyToClose ? -1 : 0
}

@unsafe private func deliver(
    _ message: RawSpan, _ socket: OpaquePointer, _ handler: any WebSocketHandler, _ connection: WebSocketConnection, _ record: SocketRecord
) {
    record.counters.messagesIn.increment()
    if unsafe lws_frame_is_binary(socket) != 0 {
        handler.receivedBinary(message)
    } else if isValidUTF8(message) {
        handler.receivedText(message)
    } else {
        connection.close(cause: .protocolError, code: 1007, reason: "not UTF-8")
    }
}
