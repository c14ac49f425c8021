using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Writes a stage's part of each checkpoint, once however often it is ordered: the order or its answer may have been lost.</summary>
internal sealed class ShardWriter(StageSetup setup)
{
    // The order that was carried out last.
    private StepId? _storing;

    // Its answer, set by the thread that writes.
    private ShardDone? _stored;

    /// <summary>Carries out an order.</summary>
    /// <param name="order">The order.</param>
    /// <param name="version">The version that the stage has.</param>
    /// <param name="own">Its block.</param>
    /// <param name="written">Receives the answer when the part is written, on the thread that writes.</param>
    /// <returns>The answer that is known at once, if any.</returns>
    public ShardDone? Write(WriteShard order, long version, IHeldBlock own, Action<ShardDone> written)
    {
        if (order.Work == _storing) return Volatile.Read(ref _stored) is { } done && done.Work == order.Work ? done : null;
        if (order.Work.Iteration != version)
            return new ShardDone(order.Work, own.Index, null, $"the order to write version {order.Work.Iteration} was lost");

        _storing = order.Work;
        var block = own.Index;
        setup.Ports.Store!.Write(setup.Plan.Name, version, order.Work.Ballot, own.Capture(), own.Digest, (seal, trouble) =>
        {
            var answer = new ShardDone(order.Work, block, seal, trouble);
            Volatile.Write(ref _stored, answer);
            written(answer);
        });
        return null;
    }
}
