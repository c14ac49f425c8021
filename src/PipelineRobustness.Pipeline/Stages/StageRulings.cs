using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>The rulings that a stage knows.</summary>
/// <param name="placed">Those with which it was placed.</param>
/// <param name="stage">The stage.</param>
internal sealed class StageRulings(Rulings placed, int stage)
{
    // The links that the current pass sends by way of the server.
    private ImmutableHashSet<StageLink> _relayed = [];

    /// <summary>The last that it has learned: rulings are only ever added to.</summary>
    public Rulings Known { get; private set; } = placed;

    /// <summary>Its seat: how often it was convicted, also where its node may stay.</summary>
    public int Seat => Known.SeatOf(stage);

    /// <summary>The seat that it was placed on.</summary>
    public int PlacedSeat { get; } = placed.SeatOf(stage);

    /// <summary>What the server last told to be what both holders of each block have come to.</summary>
    public VouchedState? Vouched { get; private set; }

    /// <summary>The server tells the stage of some.</summary>
    public void Learn(Rulings rulings) => Known = Rulings.Later(Known, rulings);

    /// <summary>A pass begins. What an evaluation sends is believed, and takes the direct way.</summary>
    public void Begin(BeginPass begin)
    {
        Learn(begin.Rulings);
        Vouched = begin.Vouched ?? Vouched;
        _relayed = begin.Kind == PassKind.Evaluation ? [] : begin.Rulings.RelayedLinks;
    }

    /// <summary>Whether a message goes by way of the server.</summary>
    public bool Relays(TensorSent message) =>
        !_relayed.IsEmpty && _relayed.Contains(StageLink.Of(message));
}
