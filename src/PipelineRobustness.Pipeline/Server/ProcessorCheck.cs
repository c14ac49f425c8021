using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Where values are compared byte by byte, a node gets stages only if its processor gives what the server's own gives: else honest work
/// there would look like a lie. A server that takes over compares with its own.
/// </summary>
internal sealed class ProcessorCheck(RunRules rules, Roster roster, Outbox outbox)
{
    // Reported once by each server.
    private readonly HashSet<NodeId> _reported = [];

    /// <summary>A node has joined: it gets no stage before it has said what its processor gives.</summary>
    public void Join(NodeUp node)
    {
        roster.Join(node);
        if (rules.Fingerprint is not null) roster.AwaitWord(node.Node);
    }

    /// <summary>A node has said what its processor gives.</summary>
    public void Take(NodeState answer)
    {
        if (rules.Fingerprint is not { } own) return;
        if (answer.Fingerprint == own)
        {
            roster.LetIn(answer.Node);
            return;
        }

        roster.LeaveOut(answer.Node);
        if (_reported.Add(answer.Node)) outbox.Report(new NodeLeftOut(answer.Node, answer.Fingerprint, own) { IsRefereed = rules.IsRefereed });
    }
}
