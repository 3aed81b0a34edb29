// swift-tools-version: 6.2
import PackageDescription

/// Set by `scripts/fuzz`: our modules are instrumented then, and the fuzz targets are part of the package.
let isFuzzing = Context.environment["GATEWAY_FUZZ"] != nil

/// Every target is built alike: Swift 6 mode, strict memory safety, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]
/// For the modules whose parsers are fuzzed: libFuzzer sees which of their branches an input takes. It looks at each counter after each
/// input, so that the others have none.
let coverage: [SwiftSetting] = isFuzzing ? [.unsafeFlags(["-O", "-sanitize=fuzzer,address"])] : []

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

func module(_ name: String, _ dependencies: [Target.Dependency] = [], fuzzed: Bool = false) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + (fuzzed ? coverage : []))
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "media-gateway",
    products: [.executable(name: "media-gateway", targets: ["media-gateway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries: a module map and a shim each.
        .systemLibrary(name: "CLibUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(name: "CLibwebsockets", pkgConfig: "libwebsockets", providers: [.apt(["libwebsockets-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibssl", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .systemLibrary(name: "CWhisper", pkgConfig: "media-gateway-whisper"),
        .systemLibrary(name: "CFlite", providers: [.apt(["flite1-dev"])]),
        .systemLibrary(name: "CLineEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
        .target(name: "CLoopThread"),
        .target(name: "CVoiceActivity"),

        // The rooms, lowest first. No arrow runs back (DESIGN §2).
        module("WireJSON", fuzzed: true),
        module("AudioCodec", ["COpus"], fuzzed: true),
        module("EventLoop", ["CLibUV", "CLoopThread"]),
        module("WebSocketTransport", ["EventLoop", "CLibwebsockets", "CLibssl", log], fuzzed: true),
        module("HTTPTransport", ["EventLoop", "CCurl"], fuzzed: true),
        module("StreamingPipeline", ["AudioCodec", "CVoiceActivity"]),
        module("SpokenText", fuzzed: true),
        module("SpeechEngines", ["StreamingPipeline", "AudioCodec", "SpokenText", "CWhisper", "CFlite", log]),
        module("TierManager"),
        module("Orchestrator", [log], fuzzed: true),
        module("LanguageModels", ["Orchestrator", "HTTPTransport", "WireJSON", log], fuzzed: true),
        module("TextChannel", ["Orchestrator", "WireJSON"], fuzzed: true),
        module("Understanding", ["Orchestrator", "SpokenText", log]),
        module("Persistence", ["Orchestrator", "TierManager", grdb, log]),
        module("Telemetry", ["Orchestrator", "HTTPTransport", "CLibcrypto", coreMetrics]),
        module(
            "GatewayTesting",
            [
                "AudioCodec", "EventLoop", "WebSocketTransport", "HTTPTransport", "StreamingPipeline", "Orchestrator", "TierManager",
            ]),
        module(
            "MediaGateway",
            [
                "AudioCodec", "EventLoop", "WebSocketTransport", "HTTPTransport", "StreamingPipeline", "SpokenText", "SpeechEngines",
                "TierManager", "Orchestrator", "Understanding", "LanguageModels", "Persistence", "Telemetry", "TextChannel", "WireJSON",
                "GatewayTesting", "CLibcrypto", "CLineEdit",
                log, coreMetrics, yams,
            ], fuzzed: true),
        .executableTarget(name: "media-gateway", dependencies: ["MediaGateway", arguments], swiftSettings: settings),

        tests("WireJSONTests", ["WireJSON"]),
        tests("AudioCodecTests", ["AudioCodec", "COpus"]),
        tests("EventLoopTests", ["EventLoop"]),
        tests("WebSocketTransportTests", ["WebSocketTransport", "EventLoop", "GatewayTesting", log]),
        tests("HTTPTransportTests", ["HTTPTransport", "WebSocketTransport", "EventLoop", "GatewayTesting"]),
        tests("StreamingPipelineTests", ["StreamingPipeline", "AudioCodec"]),
        tests("SpokenTextTests", ["SpokenText"]),
        tests("SpeechEnginesTests", ["SpeechEngines", "GatewayTesting", "StreamingPipeline", "AudioCodec", "SpokenText"]),
        tests("TierManagerTests", ["TierManager"]),
        tests("OrchestratorTests", ["Orchestrator"]),
        tests(
            "LanguageModelsTests",
            ["LanguageModels", "Orchestrator", "HTTPTransport", "WebSocketTransport", "EventLoop", "GatewayTesting", "WireJSON"]),
        tests("TextChannelTests", ["TextChannel", "Orchestrator", "WireJSON", "GatewayTesting"]),
        tests("UnderstandingTests", ["Understanding", "Orchestrator", "SpokenText"]),
        tests("PersistenceTests", ["Persistence", "Orchestrator", "TierManager", grdb, log]),
        tests(
            "TelemetryTests",
            ["Telemetry", "Orchestrator", "EventLoop", "HTTPTransport", "WebSocketTransport", "GatewayTesting", coreMetrics]),
        tests(
            "MediaGatewayTests",
            [
                "MediaGateway", "Orchestrator", "TierManager", "AudioCodec", "EventLoop", "StreamingPipeline", "Persistence", "Telemetry",
                "TextChannel", "GatewayTesting", log,
            ]),
        tests(
            "EndToEndTests",
            [
                "MediaGateway", "GatewayTesting", "AudioCodec", "EventLoop", "HTTPTransport", "Orchestrator", "Persistence", "SpeechEngines",
                "StreamingPipeline", "TextChannel", "TierManager", "WebSocketTransport", "WireJSON",
            ]),
    ]
)

if isFuzzing {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: "gateway-fuzz",
            dependencies: [
                "CLibFuzzer", "WireJSON", "AudioCodec", "WebSocketTransport", "HTTPTransport", "SpokenText", "Orchestrator", "LanguageModels", "TextChannel",
                "MediaGateway",
            ],
            path: "Fuzzing/Targets", swiftSettings: settings + [.unsafeFlags(["-O"])]),
    ]
}
