import Foundation

extension GatewayConfiguration {
    /// `server.*`: where the gateway listens and what it bears.
    public struct Server: Sendable, Equatable {
        /// The address to listen on.
        public var host: String
        /// 0 takes a free one.
        public var port: Int
        /// Event loops; 0 is one a core.
        public var loops: Int
        /// What carriers call us by; `nil` is `http://HOST:PORT`, known once the port is.
        public var publicURL: PublicURL?
        public var limits: Limits
        /// Certificate and key; `nil` speaks plain HTTP.
        public var tls: TLS?

        init(_ reader: ConfigurationReader) {
            host = reader.text("host", default: "127.0.0.1", length: 1...253)
            port = reader.integer("port", default: 8080, in: 0...65_535)
            loops = reader.integer("loops", default: 0, in: 0...256)
            publicURL = reader.publicURL("public_url")
            limits = reader.section("limits", Limits.init)
            tls = reader.section("tls", TLS.init)
            if LoopbackAddress.ownName(host) == nil {
                reader.problem("host", "= \(ConfigurationReader.quoted(host)): give an IPv4 or IPv6 address, or localhost")
            }
        }

        /// ``loops`` with 0 resolved.
        public var resolvedLoops: Int { loops > 0 ? loops : max(ProcessInfo.processInfo.activeProcessorCount, 1) }
        /// Whether only this machine can connect.
        public var isLoopback: Bool { LoopbackAddress.isLoopback(host) }
        /// ``publicURL``, or what the listening address makes of it.
        /// - Parameter port: the port that is really listened on.
        public func resolvedPublicURL(port: Int) -> PublicURL {
            publicURL ?? PublicURL(scheme: tls == nil ? "http" : "https", host: host.contains(":") ? "[\(host)]" : host, port: port)
        }
    }

    /// `server.tls.*`: TLS 1.2 and 1.3 on the same port. Both files are read again when they change.
    public struct TLS: Sendable, Equatable {
        /// The server's certificate, then those that lead to its authority: PEM.
        public var certificate: String
        /// Its private key: PEM.
        public var key: String
        init?(_ reader: ConfigurationReader) {
            let certificate = reader.optionalText("certificate", none: "plain HTTP", length: 1...1_000)
            let key = reader.optionalText("key", none: "plain HTTP", length: 1...1_000)
            guard let certificate, let key else {
                if certificate != nil { reader.problem("key", "is missing: give the file of the certificate's key") }
                if key != nil { reader.problem("certificate", "is missing: give the file of the certificate") }
                return nil
            }
            (self.certificate, self.key) = (certificate, key)
        }
    }

    /// `server.limits.*`: what one peer may ask of the server. Each is counted when it is met.
    public struct Limits: Sendable, Equatable {
        /// One WebSocket message, all its pieces together.
        public var maxMessageBytes: Int
        /// One HTTP request's body.
        public var maxBodyBytes: Int
        /// Sockets open at once, over all loops.
        public var maxSockets: Int
        /// Without a byte from the peer, a connection is closed.
        public var idle: Duration
        /// From accepted socket to whole request.
        public var handshake: Duration
        /// How long a peer may leave what we sent unread.
        public var slowReader: Duration
        /// Between pings on a quiet WebSocket; half-open peers show here.
        public var ping: Duration

        init(_ reader: ConfigurationReader) {
            maxMessageBytes = reader.integer("max_message_bytes", default: 65_536, in: 1_024...65_536, unit: "bytes")
            maxBodyBytes = reader.integer("max_body_bytes", default: 65_536, in: 1_024...1_048_576, unit: "bytes")
            maxSockets = reader.integer("max_sockets", default: 4_096, in: 1...100_000, unit: "sockets")
            idle = reader.seconds("idle_s", default: 60, in: 0.1...3_600)
            handshake = reader.seconds("handshake_s", default: 10, in: 0.1...60)
            slowReader = reader.seconds("slow_reader_s", default: 5, in: 0.1...60)
            ping = reader.seconds("ping_s", default: 25, in: 0.1...3_600)
        }
    }

    /// `security.*`.
    public struct Security: Sendable, Equatable {
        /// Accepts anybody from anywhere. For a closed network only.
        public var allowOpen: Bool
        init(_ reader: ConfigurationReader) { allowOpen = reader.flag("allow_open", default: false) }
    }

    /// `admission.*`: how many calls are let in.
    public struct Admission: Sendable, Equatable {
        /// Calls at once; one more is told that we are busy.
        public var maxCalls: Int
        /// From the webhook to the stream's `start`; after that the place is free again.
        public var startTimeout: Duration
        init(_ reader: ConfigurationReader) {
            maxCalls = reader.integer("max_calls", default: 50, in: 1...10_000, unit: "calls")
            startTimeout = reader.seconds("start_timeout_s", default: 15, in: 0.1...120)
        }
    }

    /// `twilio.*`: the carrier's side of a call.
    public struct Twilio: Sendable, Equatable {
        /// From the WebSocket's opening to `start`.
        public var startDeadline: Duration
        /// How long a stream's token is good for.
        public var tokenLifetime: Duration
        /// Without inbound audio for this long, the call is over.
        public var noMedia: Duration
        init(_ reader: ConfigurationReader) {
            startDeadline = reader.seconds("start_deadline_s", default: 5, in: 0.1...60)
            tokenLifetime = reader.seconds("token_lifetime_s", default: 15, in: 1...600)
            noMedia = reader.seconds("no_media_s", default: 10, in: 0.5...300)
        }
    }

    /// `storage.*`.
    public struct Storage: Sendable, Equatable {
        /// The SQLite file.
        public var path: String
        /// Older calls, turns and events go; 0 keeps them for ever.
        public var retentionDays: Int
        /// What all of it may take; the oldest goes first. 0 is no limit.
        public var maxSizeMB: Int
        init(_ reader: ConfigurationReader) {
            path = reader.path("path", default: "var/gateway.sqlite")
            retentionDays = reader.integer("retention_days", default: 90, in: 0...3_650, unit: "days")
            maxSizeMB = reader.integer("max_size_mb", default: 2_048, in: 0...1_048_576, unit: "MB")
        }
    }

    /// `shutdown.*`.
    public struct Shutdown: Sendable, Equatable {
        /// From SIGTERM to the closing line of calls that are still live.
        public var drain: Duration
        init(_ reader: ConfigurationReader) { drain = reader.seconds("drain_s", default: 30, in: 0...3_600) }
    }

    /// `logging.*`.
    public struct Logging: Sendable, Equatable {
        public enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
        public enum Format: String, Sendable, CaseIterable { case text, json }
        public var level: Level
        public var format: Format
        init(_ reader: ConfigurationReader) {
            level = reader.choice("level", default: .info)
            format = reader.choice("format", default: .text)
        }
    }

    /// `metrics.*`.
    public struct Metrics: Sendable, Equatable {
        /// Between samples of process and engine gauges.
        public var interval: Duration
        init(_ reader: ConfigurationReader) { interval = reader.seconds("interval_s", default: 30, in: 1...3_600) }
    }
}
