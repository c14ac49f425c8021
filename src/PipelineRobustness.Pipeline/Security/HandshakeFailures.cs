using System.Runtime.CompilerServices;
using Akka;
using Akka.Actor;
using Akka.Util;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>
/// Keeps a node alive through failed TLS handshakes. Akka.Remote 1.5.74 shuts its own node down (exit code 79) whenever a connection that
/// it opens ends during the handshake: a peer that is killed at that instant, or a stranger at its address, would take down every node
/// that connects. Here the shutdown never leaves an added first phase, and the next one may start; the association fails, is logged and is tried
/// again, as without TLS.
/// </summary>
public sealed class HandshakeFailures : ExtensionIdProvider<HandshakeFailures>, IExtension
{
    private const string Phase = "failed-handshake";
    private const string Reason = "TlsHandshakeFailureReason";

    /// <summary>The settings that load this extension with the actor system and define its phase, which never ends.</summary>
    internal const string Settings =
        $$"""
        akka.extensions = ["PipelineRobustness.Pipeline.Security.HandshakeFailures, PipelineRobustness.Pipeline"]
        akka.coordinated-shutdown.phases {
          {{Phase}} { depends-on = [], timeout = 20d, recover = off }
          before-service-unbind.depends-on = [{{Phase}}]
        }
        """;

    /// <inheritdoc/>
    public override HandshakeFailures CreateExtension(ExtendedActorSystem system)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        var started = StartedBy(shutdown);
        shutdown.AddTask(Phase, "wait forever", () =>
        {
            if (shutdown.ShutdownReason?.GetType().Name != Reason) return Task.FromResult(Done.Instance);
            started.Value = null!;
            return new TaskCompletionSource<Done>().Task;
        });
        return this;
    }

    // A shutdown runs once, and neither a setting nor a public member keeps the transport from starting it or takes the start back.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_runStarted")]
    private static extern ref AtomicReference<CoordinatedShutdown.Reason> StartedBy(CoordinatedShutdown shutdown);
}
