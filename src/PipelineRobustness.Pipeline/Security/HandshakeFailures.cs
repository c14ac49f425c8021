using System.Reflection;
using Akka;
using Akka.Actor;
using Akka.Util;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>
/// Keeps a node alive through failed TLS handshakes. Akka.Remote 1.5.74 shuts its own node down (exit code 79) whenever a
/// connection that it opens ends before the handshake does: a peer that is killed in that instant, or a stranger at its
/// address, would take with it everybody who connects. Here that shutdown stands still in a first phase of its own, and
/// the next may begin; the association fails, is logged and tried again, as it is without TLS.
/// </summary>
public sealed class HandshakeFailures : ExtensionIdProvider<HandshakeFailures>, IExtension
{
    private const string Phase = "failed-handshake";
    private const string Reason = "TlsHandshakeFailureReason";

    /// <summary>What <see cref="NodeCredentials.Settings"/> says of it: loaded with the system, and a phase that never ends by itself.</summary>
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
        var begun = Begun(shutdown);
        shutdown.AddTask(Phase, "stand still", () =>
        {
            if (shutdown.ShutdownReason?.GetType().Name != Reason) return Task.FromResult(Done.Instance);
            begun.Value = null!;
            return new TaskCompletionSource<Done>().Task;
        });
        return this;
    }

    // A shutdown runs once; there is no public way to take back that it has begun.
    private static AtomicReference<CoordinatedShutdown.Reason> Begun(CoordinatedShutdown shutdown) =>
        typeof(CoordinatedShutdown).GetField("_runStarted", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(shutdown)
            as AtomicReference<CoordinatedShutdown.Reason>
        ?? throw new NotSupportedException("this version of Akka keeps a shutdown's reason elsewhere than 1.5.74 does");
}
