using System.Globalization;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Checkpoints;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>
/// What a hearing was worked from, as tensors of a file: the block's state, parameter by parameter as in a checkpoint; inputs, gradients and
/// the other tied part; of the first block the tokens, and of the last the targets.
/// </summary>
internal static class Exhibits
{
    private const string State = "state.", Tokens = "tokens", Targets = "targets";

    /// <summary>What was shown, as it is stored; new tensors belong to the current dispose scope.</summary>
    /// <param name="hearing">The hearing.</param>
    /// <param name="ring">The pipeline.</param>
    /// <param name="shown">What was shown.</param>
    /// <param name="tokens">The pass's tokens.</param>
    public static List<(string Name, Tensor Value)> Of(Hearing hearing, Ring ring, ShownExhibits shown, PassTokens tokens)
    {
        var stored = new List<(string, Tensor)>();
        var state = StateOf(hearing, shown);
        // What has 8 bytes comes first, which keeps it aligned.
        stored.AddRange(state?.Parameters.Select(parameter => (State + parameter.Name + ShardFile.Steps, tensor(parameter.Steps, int64))) ?? []);
        foreach (var (name, value) in TokensOf(hearing.Dispute, ring, tokens)) using (value) stored.Add((name, value.alias()));
        foreach (var parameter in state?.Parameters ?? [])
        {
            stored.Add((State + parameter.Name, parameter.Weight));
            stored.Add((State + parameter.Name + ShardFile.FirstMoment, parameter.FirstMoment));
            stored.Add((State + parameter.Name + ShardFile.SecondMoment, parameter.SecondMoment));
        }

        foreach (var exhibit in hearing.Needed.Where(exhibit => !exhibit.Key.IsState))
        {
            if (shown.Find(exhibit) is { } value) stored.Add(StoredTensor.Of(NameOf(exhibit.Key), value));
        }

        return stored;
    }

    /// <summary>The block's state that was shown; null where none was.</summary>
    private static BlockState? StateOf(Hearing hearing, ShownExhibits shown) =>
        hearing.Needed.Where(exhibit => exhibit.Key.IsState).Select(shown.FindState).FirstOrDefault();

    /// <summary>SHA-256 of the weights of that state; null where none was shown, or there was no hearing.</summary>
    public static string? WeightsOf(Hearing? hearing, ShownExhibits shown) =>
        hearing is not null && StateOf(hearing, shown) is { } state ? Fingerprint.Weights(state.Parameters) : null;

    /// <summary>What is stored, in the order in which it was written; the tensors belong to the current dispose scope.</summary>
    /// <param name="file">The file.</param>
    /// <param name="hearing">The hearing.</param>
    /// <param name="numbers">What the block's numbers follow from.</param>
    /// <param name="ring">The pipeline.</param>
    /// <param name="shown">Receives what was shown; its tensors are its own.</param>
    /// <exception cref="BadInputException">Something is not as it is written.</exception>
    public static List<(string Name, Tensor Value)> Read(SafeTensorsFile file, Hearing hearing, NumericPlan numbers, Ring ring, ShownExhibits shown)
    {
        var read = new List<(string Name, Tensor Value)>();
        var parameters = ParameterShape.Of(numbers.Model, RangeOf(hearing, numbers));
        var hasState = file.Tensors.ContainsKey(State + parameters[0].Name);
        if (hasState) foreach (var parameter in parameters) Take(State + parameter.Name + ShardFile.Steps);
        foreach (var name in TokenNames(hearing.Dispute, ring)) Take(name);
        if (hasState)
        {
            var state = new BlockState(
                RangeOf(hearing, numbers), [.. parameters.Select(parameter => ReadParameter(parameter, Take, read))], StateHash.Sha256);
            var exhibit = hearing.Needed.First(one => one.Key.IsState);
            shown.Keep(exhibit.Key, Claim.OfState(state.Digest()), state);
        }

        foreach (var exhibit in hearing.Needed.Where(exhibit => !exhibit.Key.IsState))
        {
            if (StoredTensor.NameIn(file, NameOf(exhibit.Key)) is not { } name) continue;
            var value = Take(name);
            shown.Keep(exhibit.Key, StoredTensor.ClaimOf(name, value), value.alias().DetachFromDisposeScope());
        }

        return read;

        Tensor Take(string name)
        {
            var value = file.Read(name);
            read.Add((name, value));
            return value;
        }
    }

    /// <summary>The tokens among what was read.</summary>
    public static PassTokens TokensOf(IReadOnlyList<(string Name, Tensor Value)> read)
    {
        return new PassTokens(microBatch => Find(Tokens, microBatch), microBatch => Find(Targets, microBatch));

        Tensor Find(string kind, int microBatch) => read.First(one => one.Name == NameOf(kind, microBatch)).Value.alias().DetachFromDisposeScope();
    }

    /// <summary>What a run has for the tokens or targets of this name; null where the name is of something else. The caller owns it.</summary>
    public static Tensor? TokensOf(string name, TrainingWindows data, long iteration)
    {
        if (name.Split('.') is not [Tokens or Targets, var number]) return null;
        var microBatch = int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture);
        return name.StartsWith(Tokens, StringComparison.Ordinal) ? data.Inputs(iteration, microBatch) : data.Targets(iteration, microBatch);
    }

    /// <summary>The names under which the first block's tokens and the last block's targets are stored.</summary>
    private static IEnumerable<string> TokenNames(Dispute dispute, Ring ring) =>
        from microBatch in dispute.MicroBatchesOf(ring.MicroBatches)
        from kind in KindsOf(dispute, ring)
        select NameOf(kind, microBatch);

    private static IEnumerable<(string Name, Tensor Value)> TokensOf(Dispute dispute, Ring ring, PassTokens tokens) =>
        from microBatch in dispute.MicroBatchesOf(ring.MicroBatches)
        from kind in KindsOf(dispute, ring)
        select (NameOf(kind, microBatch), (kind == Tokens ? tokens.Inputs : tokens.Targets)(microBatch));

    private static IEnumerable<string> KindsOf(Dispute dispute, Ring ring) =>
        dispute.Block == 0 ? [Tokens] : dispute.Block == ring.Last ? [Targets] : [];

    private static ParameterState ReadParameter(ParameterShape parameter, Func<string, Tensor> take, List<(string Name, Tensor Value)> read)
    {
        var steps = read.First(one => one.Name == State + parameter.Name + ShardFile.Steps).Value;
        if (steps.dtype != int64 || steps.NumberOfElements != 1)
            throw new BadInputException($"{State}{parameter.Name}{ShardFile.Steps}: expected a whole number, found another tensor");
        return new ParameterState(
            parameter.Name, parameter.Tied, Weight(""), Weight(ShardFile.FirstMoment), Weight(ShardFile.SecondMoment), steps.item<long>());

        Tensor Weight(string suffix)
        {
            var value = take(State + parameter.Name + suffix);
            return value.dtype == float32 && value.shape.SequenceEqual(parameter.Dimensions) ? value.alias().DetachFromDisposeScope()
                : throw new BadInputException($"{State}{parameter.Name}{suffix}: expected float32 of the parameter's shape, found another tensor");
        }
    }

    private static BlockRange RangeOf(Hearing hearing, NumericPlan numbers) => Cut.Balanced(numbers.Model, numbers.Cut.Length)[hearing.Dispute.Block];

    private static string NameOf(ExhibitKey key) => key.Kind == ExhibitKind.OtherPart ? "other-part"
        : NameOf(key.Kind == ExhibitKind.Input ? "input" : "gradient", key.MicroBatch);

    private static string NameOf(string kind, int microBatch) => string.Create(CultureInfo.InvariantCulture, $"{kind}.{microBatch}");
}
