namespace PipelineRobustness.Cli;

/// <summary>What the process tells the shell.</summary>
public static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Done = 0;

    /// <summary>A run failed, after the others were done; or something unexpected happened.</summary>
    public const int Failed = 1;

    /// <summary>A setting, a file or the command line is wrong; nothing was started.</summary>
    public const int BadSettings = 2;

    /// <summary>A node was cut off from the majority of the others, or they took it for dead.</summary>
    public const int CutOff = 6;

    /// <summary>A node was not let into the cluster in time.</summary>
    public const int NotJoined = 7;

    /// <summary>Interrupted (128 + SIGINT, as shells have it).</summary>
    public const int Interrupted = 130;
}
