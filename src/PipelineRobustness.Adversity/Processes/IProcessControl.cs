namespace PipelineRobustness.Adversity.Processes;

/// <summary>What can be done to real processes without being their machine's master.</summary>
public interface IProcessControl
{
    /// <summary>The processor time that the calling thread has taken.</summary>
    TimeSpan Worked { get; }

    /// <summary>Sends a signal.</summary>
    void Signal(ProcessMark process, ProcessSignal signal);

    /// <summary>Has a process that is about to be stopped go on after a time: it cannot wake itself.</summary>
    void WakeAfter(ProcessMark process, TimeSpan time);

    /// <summary>The calling thread does nothing for a time.</summary>
    void Idle(TimeSpan time);

    /// <summary>Closes every connection of this process now, and those that are made anew for a time.</summary>
    void DropConnections(TimeSpan lasts);
}
