using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Settings;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>What is compared, and what follows from a verdict.</summary>
public sealed record DefenceSettings
{
    /// <summary>What follows a verdict.</summary>
    [Setting<RemedyName>]
    public string Remedy { get; init; } = "off";

    /// <summary>The remedy that <see cref="Remedy"/> names, unless another is plugged in.</summary>
    public IRemedy Rule { get => field ?? RemedyCatalog.Find(Remedy); init; }

    /// <summary>
    /// Which stages hold a copy of another stage's block. none; middle: stages 2 .. K-1, of the block before theirs; ring: all
    /// stages. auto: ring if the remedy is referee, none if it is off or the detector needs no copy, otherwise middle. Under referee none
    /// goes with an audit, or with a detector that needs no copy.
    /// </summary>
    [Setting(Name = "copies", Null = "auto")]
    public CopyPlacement? ChosenCopies { get; init; }

    /// <summary>
    /// Largest difference between two values that count as equal, relative to the larger; 0 compares bytes. It is for detector copies, and
    /// under any detector for the gradients that original and copy of a block have summed.
    /// </summary>
    [Setting(0, 1, ExcludesMaximum = true)]
    public double Tolerance { get; init; }

    /// <summary>
    /// How stages judge what they are sent, under remedies that do: { kind = ... }. Those that need no copy judge what both neighbours send,
    /// under observe, restart and referee, which hears the block of each value that is found.
    /// </summary>
    [SettingEntry<DetectorKinds>]
    public IDetector Detector { get => field is CopyDetector copies ? copies with { Tolerance = Tolerance } : field; init; } = new CopyDetector();

    /// <summary>
    /// Attempts at one iteration until the run is marked failed, under restart, under referee (where those that only led to a relay do not
    /// count, and a stage may be convicted as often of steps and states) and, when two neighbours are accused, under substitute.
    /// </summary>
    [Setting(1, 1_000_000)]
    public int Attempts { get; init; } = 50;

    /// <summary>Under referee: convictions after which a node gets no stage any more.</summary>
    [Setting(1, 1_000_000)]
    public int QuarantineAfter { get; init; } = 1;

    /// <summary>What is audited by lot.</summary>
    [Setting]
    public AuditSettings Audit { get; init; } = new();

    /// <summary>Whether what stages send is checked: by inspection on receipt, or by a referee.</summary>
    public bool Checks => Rule.Compares || Rule.IsRefereed;

    /// <summary>
    /// What stages inspect what they are sent with; null for nothing. Under a referee only what needs no copy: what copies give is stated.
    /// </summary>
    public IDetector? Inspecting => Rule.Compares || (Rule.IsRefereed && !Detector.NeedsCopy) ? Detector : null;

    /// <summary>
    /// Under a referee, whether one holder of each block keeps the state that a step begins with until the next pass: of two that report
    /// other steps, or where steps are audited.
    /// </summary>
    public bool KeepsBefore => Rule.IsRefereed && (Copies != CopyPlacement.None || Audit.Steps > 0);

    /// <summary>What digests of states are computed by: under a remedy that convicts, by what no stage can forge.</summary>
    public StateHash StateHash => Rule.IsRefereed ? StateHash.Sha256 : StateHash.Xxh128;

    /// <summary>Which stages hold copies.</summary>
    public CopyPlacement Copies
    {
        get => ChosenCopies ?? (Rule.IsRefereed ? CopyPlacement.Ring
            : Checks && Detector.NeedsCopy ? CopyPlacement.Middle
            : CopyPlacement.None);
        init => ChosenCopies = value;
    }
}

/// <summary>The name of a remedy of the catalog, as it is when a setting is read.</summary>
public sealed record RemedyName : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => new OneOf(RemedyCatalog.Names).Expected;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Value, string Meaning)> Meanings => [.. RemedyCatalog.All.Select(remedy => (remedy.Name, remedy.Meaning))];

    /// <inheritdoc/>
    public override object? Read(string text) => new OneOf(RemedyCatalog.Names).Read(text);
}
