namespace PipelineRobustness.Pipeline.Referee;

/// <summary>What follows from a block's transfer.</summary>
public enum TransferJudgement
{
    /// <summary>The block is restored.</summary>
    Holds,

    /// <summary>Source or receiver lies, and no other was there: the transfer is made again by way of the referee.</summary>
    Relay,

    /// <summary>The source gave another state than that of the last commit.</summary>
    ConvictSource,

    /// <summary>The receiver was handed that state, and reports another.</summary>
    ConvictReceiver,
}

/// <summary>The rule of a recovery: a block that is restored has the state of the last commit.</summary>
public static class TransferRules
{
    /// <summary>Judges a transfer.</summary>
    /// <param name="committed">The digest of the last commit.</param>
    /// <param name="handedOn">The digest of what the referee was given; null for a transfer that did not pass it.</param>
    /// <param name="reported">The digest that the receiver reports; null while it has not.</param>
    public static TransferJudgement Judge(UInt128 committed, UInt128? handedOn, UInt128? reported)
    {
        if (handedOn is { } given && given != committed) return TransferJudgement.ConvictSource;
        if (reported == committed) return TransferJudgement.Holds;
        return handedOn is null ? TransferJudgement.Relay : TransferJudgement.ConvictReceiver;
    }
}
