using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What stages have stated of a pass, and what went over relayed links. Of each only the first counts.</summary>
/// <param name="ring">The pipeline.</param>
/// <param name="relayed">The links that are relayed in this attempt.</param>
internal sealed class StatementLedger(Ring ring, ImmutableHashSet<StageLink> relayed)
{
    // Rulings that another server made, or that belong to another cut, may name links that there are none of: nothing goes over these.
    private readonly ImmutableHashSet<StageLink> _relayed = relayed.Intersect(ring.Links);
    private readonly SortedDictionary<int, StatementChecked> _stated = [];
    private readonly HashSet<(StageLink Link, int MicroBatch)> _sent = [];
    private readonly Dictionary<(StageLink Link, int MicroBatch), Claim> _handedOn = [];

    /// <summary>Whether nothing is missing. Of a relayed link that includes what the sender sends: else it would be judged as one that is not.</summary>
    public bool IsComplete => _stated.Count == ring.Stages && _handedOn.Count == _relayed.Sum(Tensors);

    /// <summary>All of it, once it is complete.</summary>
    public PassStatements All => new(ring, [.. _stated.Values.Select(stated => stated.Stated.Statement)], _handedOn.ToImmutableDictionary())
    {
        Signatures = [.. _stated.Values.Where(stated => stated.IsSigned).Select(stated => stated.Signature).OfType<StatementSignature>()],
        WithoutSignature = [.. _stated.Where(stated => !stated.Value.IsSigned).Select(stated => stated.Key)],
    };

    /// <summary>What is missing, in words; null for nothing.</summary>
    public string? Owing
    {
        get
        {
            var silent = ring.Blocks.Where(stage => !_stated.ContainsKey(stage)).ToArray();
            if (silent.Length > 0) return $"the statements of {Wording.Stages(silent)}";
            if (IsComplete) return null;
            return $"what goes from {string.Join(", from ", _relayed.Where(Lacks).OrderBy(link => link.From).ThenBy(link => link.To))} by way of the referee";
        }
    }

    public void Note(StatementChecked stated) => _stated.TryAdd(stated.Stated.Statement.Stage, stated);

    public void Note(TensorRelayed relayed) => _handedOn.TryAdd((relayed.Link, relayed.MicroBatch ?? 0), relayed.Given);

    /// <summary>Whether a tensor goes by way of the referee, and is the first of its kind.</summary>
    public bool Awaits(TensorSent sent)
    {
        var link = StageLink.Of(sent);
        return _relayed.Contains(link) && sent.MicroBatch >= 0 && sent.MicroBatch < Tensors(link) && !_sent.Contains((link, sent.MicroBatch));
    }

    /// <summary>The referee hands it on.</summary>
    public void Note(TensorSent sent) => _sent.Add((StageLink.Of(sent), sent.MicroBatch));

    /// <summary>What a stage reports of its sums is what it has stated: all holders of each block have stated the same.</summary>
    public Prepared Of(Prepared prepared)
    {
        var (own, copy) = (_stated[prepared.Stage].Stated.Statement.Own, _stated[prepared.Stage].Stated.Statement.Copy);
        return prepared with { Own = own.Report, Copy = ring.HasCopies ? copy.Report : null, Loss = own.Loss };
    }

    private bool Lacks(StageLink link) => Enumerable.Range(0, Tensors(link)).Any(microBatch => !_handedOn.ContainsKey((link, microBatch)));

    private int Tensors(StageLink link) => link.Link == Ports.Link.Tied ? 1 : ring.MicroBatches;
}
