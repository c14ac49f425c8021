using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Which stages send, get and compute what, in a ring of stages.</summary>
internal static class Places
{
    /// <summary>Whether a stage sends another one something in an act.</summary>
    public static bool Sends(Act act, int stage, int stages) => act switch
    {
        Act.Forward => stage < stages - 1,
        Act.Backward => stage > 0,
        _ => IsEnd(stage, stages),
    };

    /// <summary>Whether a stage gets something from another one in an act.</summary>
    public static bool Receives(Act act, int stage, int stages) => act switch
    {
        Act.Forward => stage > 0,
        Act.Backward => stage < stages - 1,
        _ => IsEnd(stage, stages) || stage == 1,
    };

    /// <summary>Whether a stage gets the input of its copy by a jump: that of block 0 reads the tokens.</summary>
    public static bool IsJumpedTo(int stage) => stage != 1;

    /// <summary>Whether a stage has the first or the last block, and with it a part of the tied matrix.</summary>
    public static bool IsEnd(int stage, int stages) => stage == 0 || stage == stages - 1;

    /// <summary>The block whose copy a stage holds.</summary>
    public static int CopiedBy(int stage, int stages) => stage == 0 ? stages - 1 : stage - 1;
}
