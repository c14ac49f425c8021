using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Messages queued for a lane, up to a number of bytes. Once it is closed, its messages and later ones are disposed of.</summary>
internal sealed class SendQueue(long maxBytes)
{
    private readonly object _changed = new();
    private readonly Queue<(LaneEnd Receiver, ITensorMessage Message, long Bytes)> _waiting = [];
    private long _bytes;
    private bool _closed;

    /// <summary>Gives a message away; blocks while there is no room.</summary>
    public void Put(LaneEnd receiver, ITensorMessage message)
    {
        var bytes = FrameWriter.Bytes(message);
        lock (_changed)
        {
            while (!_closed && _bytes > 0 && _bytes + bytes > maxBytes) Monitor.Wait(_changed);
            if (!_closed)
            {
                _bytes += bytes;
                _waiting.Enqueue((receiver, message, bytes));
                Monitor.PulseAll(_changed);
                return;
            }
        }

        message.Dispose();
    }

    /// <summary>Waits for the next message and uses it; until then it counts as queued. False if the queue is closed.</summary>
    public bool Use(Action<LaneEnd, ITensorMessage> use)
    {
        (LaneEnd Receiver, ITensorMessage Message, long Bytes) next;
        lock (_changed)
        {
            while (!_closed && _waiting.Count == 0) Monitor.Wait(_changed);
            if (_closed) return false;
            next = _waiting.Dequeue();
        }

        using (next.Message) use(next.Receiver, next.Message);
        lock (_changed)
        {
            _bytes -= next.Bytes;
            Monitor.PulseAll(_changed);
        }

        return true;
    }

    public void Close()
    {
        lock (_changed)
        {
            _closed = true;
            foreach (var (_, message, _) in _waiting) message.Dispose();
            _waiting.Clear();
            Monitor.PulseAll(_changed);
        }
    }
}
