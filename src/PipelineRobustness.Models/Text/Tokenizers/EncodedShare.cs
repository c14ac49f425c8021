namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>The share of a text that is encoded, reported every 65,536 characters and within longer pieces.</summary>
/// <param name="characters">The text's length.</param>
/// <param name="progress">Receives the share, from 0 to 1.</param>
internal sealed class EncodedShare(int characters, Action<double> progress)
{
    private const int Step = 1 << 16;

    private long _done;   // characters in complete pieces
    private long _reported;   // _done at the last report

    /// <summary>Adds a complete piece.</summary>
    public void Advance(int piece)
    {
        _done += piece;
        if (_done - _reported >= Step)
            Report(_reported = _done);
    }

    /// <summary>Receives the share of the next piece that is done; null if it is too short to tell.</summary>
    public Action<double>? Within(int piece) => piece < Step ? null : share => Report(_done + (long)(share * piece));

    // A normalized text may be longer than what was written.
    private void Report(long done) => progress(Math.Min(1, (double)done / characters));
}
