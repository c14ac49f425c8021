namespace PipelineRobustness.Adversity.Processes;

/// <summary>What a process can do to itself and to others of the same user.</summary>
public interface IProcessControl
{
    /// <summary>The processor time that the calling thread has taken.</summary>
    TimeSpan ThreadTime { get; }

    /// <summary>Sends a signal.</summary>
    void Signal(ProcessMark process, ProcessSignal signal);

    /// <summary>Has a process that is about to be stopped continue after a time: it cannot continue itself.</summary>
    void ContinueAfter(ProcessMark process, TimeSpan time);

    /// <summary>The calling thread does nothing for a time.</summary>
    void Idle(TimeSpan time);

    /// <summary>Closes every connection of this process, and for a time every new one.</summary>
    void DropConnections(TimeSpan lasts);
}
