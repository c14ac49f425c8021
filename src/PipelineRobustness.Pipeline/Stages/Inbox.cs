using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>What has arrived for a pass and is not used yet.</summary>
internal sealed class Inbox : IDisposable
{
    private readonly Dictionary<(Direction, Link, int), TensorSent> _tensors = [];
    private readonly Dictionary<(Direction, int), bool> _rejected = [];

    public void Put(TensorSent message)
    {
        if (!_tensors.TryAdd((message.Direction, message.Link, message.MicroBatch), message)) message.Dispose();
    }

    public void Put(Inspected outcome) => _rejected[(outcome.Direction, outcome.MicroBatch)] = outcome.Rejected;

    public TensorSent? Peek(Direction direction, Link link, int microBatch) =>
        _tensors.GetValueOrDefault((direction, link, microBatch));

    public TensorSent Take(Direction direction, Link link, int microBatch)
    {
        if (_tensors.Remove((direction, link, microBatch), out var message)) return message;
        throw new InvalidOperationException($"no {direction} tensor of micro-batch {microBatch} by {link} is here");
    }

    public bool? Rejected(Direction direction, int microBatch) =>
        _rejected.TryGetValue((direction, microBatch), out var rejected) ? rejected : null;

    public void Discard(Direction direction, Link link, int microBatch)
    {
        if (_tensors.Remove((direction, link, microBatch), out var message)) message.Dispose();
    }

    public void Dispose()
    {
        foreach (var message in _tensors.Values) message.Dispose();
        _tensors.Clear();
    }
}
