using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>A failure that can be injected into real processes.</summary>
public interface IProcessFailure
{
    /// <summary>Whether it happens to a whole process, so that a node without stages suffers it as well.</summary>
    bool HitsWholeProcess => false;

    /// <summary>Whether the server may be its target.</summary>
    bool MayHitServer => false;

    /// <summary>How long all disks are full from then on.</summary>
    TimeSpan FillsDisksFor => TimeSpan.Zero;

    /// <summary>Injects it.</summary>
    void Inject(ProcessFaults faults, ProcessSite site);

    /// <summary>Which of its options no real process can have; null for none.</summary>
    OptionError? WrongForProcesses() => null;
}
