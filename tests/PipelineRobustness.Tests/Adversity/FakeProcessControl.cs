using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>Controls no process, and records what it was asked to do and what the journal held by then.</summary>
internal sealed class FakeProcessControl(string notes) : IProcessControl
{
    /// <summary>What was asked, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>The notes in the journal when it was asked.</summary>
    public List<string> NotedByThen { get; } = [];

    public TimeSpan ThreadTime { get; set; }

    public void Signal(ProcessMark process, ProcessSignal signal) => Ask($"{signal} {(process == ProcessMark.Own ? "itself" : $"{process.Id}")}");

    public void ContinueAfter(ProcessMark process, TimeSpan time) => Ask($"continue after {time.TotalSeconds} s");

    public void Idle(TimeSpan time) => Ask($"idle {time.TotalSeconds} s");

    public void DropConnections(TimeSpan lasts) => Ask($"drop for {lasts.TotalSeconds} s");

    private void Ask(string what)
    {
        Asked.Add(what);
        NotedByThen.AddRange(Directory.Exists(notes) ? Directory.EnumerateFiles(notes, "event-*").Select(file => Path.GetFileName(file)) : []);
    }
}
