using PipelineRobustness.Pipeline.Cluster;

namespace PipelineRobustness.Hosting;

/// <summary>The exit codes of a process that runs experiments.</summary>
public static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Done = 0;

    /// <summary>A run failed, after the others were done; or something unexpected happened.</summary>
    public const int Failed = 1;

    /// <summary>A setting, a file or the command line is wrong, or the cluster runs another experiment; nothing was started.</summary>
    public const int BadSettings = 2;

    /// <summary>The node was cut off from the majority of the others, or declared dead by it.</summary>
    public const int CutOff = 6;

    /// <summary>The node could not join the cluster in time.</summary>
    public const int NotJoined = 7;

    /// <summary>The node was quarantined: a referee convicted its stages.</summary>
    public const int Quarantined = 8;

    /// <summary>Interrupted (128 + SIGINT, as shells do).</summary>
    public const int Interrupted = 130;

    /// <summary>The exit code of a node's process.</summary>
    public static int Of(NodeEnd end) => end.Kind switch
    {
        NodeEndKind.Over => end.ExitCode,
        NodeEndKind.Left => Done,
        NodeEndKind.Refused => BadSettings,
        NodeEndKind.CutOff => CutOff,
        NodeEndKind.Quarantined => Quarantined,
        _ => NotJoined,
    };
}
