using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>Hands that do nothing and tell what they were asked to, and what was noted by then.</summary>
internal sealed class FakeHands(string notes) : IProcessControl
{
    /// <summary>What they were asked to do, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>The notes that were there when they were asked.</summary>
    public List<string> NotedByThen { get; } = [];

    public TimeSpan Worked { get; set; }

    public void Signal(ProcessMark process, ProcessSignal signal) => Ask($"{signal} {(process == ProcessMark.Own ? "itself" : $"{process.Id}")}");

    public void WakeAfter(ProcessMark process, TimeSpan time) => Ask($"wake after {time.TotalSeconds} s");

    public void Idle(TimeSpan time) => Ask($"idle {time.TotalSeconds} s");

    public void DropConnections(TimeSpan lasts) => Ask($"drop for {lasts.TotalSeconds} s");

    private void Ask(string what)
    {
        Asked.Add(what);
        NotedByThen.AddRange(Directory.Exists(notes) ? Directory.EnumerateFiles(notes, "event-*").Select(file => Path.GetFileName(file)) : []);
    }
}
