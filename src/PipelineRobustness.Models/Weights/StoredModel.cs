using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Weights;

/// <summary>
/// A model as its folder holds it. Where the weights contradict <c>config.json</c> and a model of this project can be either,
/// the weights decide, as in current versions of Hugging Face's transformers, and a note says so.
/// </summary>
/// <param name="Config">The shape of the weights.</param>
/// <param name="Notes">What the weights contradict, and what cannot be saved again, one line each.</param>
public sealed record StoredModel(ModelConfig Config, IReadOnlyList<string> Notes)
{
    /// <summary>Reads the shape and the headers of the weights, and a head of its own if the config denies it.</summary>
    /// <exception cref="BadInputException">
    /// A file is absent or damaged, a field is not as expected, or the weights are of another shape; the message names all
    /// tensors that do not fit.
    /// </exception>
    public static StoredModel Read(string folder)
    {
        var declared = ModelConfig.Read(Path.Combine(folder, HuggingFaceFolder.ConfigName), out var leftOut);
        using var files = WeightFiles.Open(folder);
        var stored = Reconcile(declared, files);
        HuggingFaceWeights.Check(files, stored.Config);
        return stored with { Notes = [.. stored.Notes, .. leftOut.Select(CopiedFiles.Note)] };
    }

    /// <summary>
    /// Finds parameters with numbers that are not finite; reads all of the weights. One line for each file that has any.
    /// </summary>
    /// <exception cref="BadInputException">A file is absent or damaged, or the weights are of another shape.</exception>
    public static IReadOnlyList<string> NotFinite(string folder, ModelConfig config)
    {
        using var files = WeightFiles.Open(folder);
        var keys = new WeightKeys(config, files);
        var found = from spec in Families.DecoderLayout.Of(config)
                    where spec.TiedTo is null
                    let key = keys.Of(spec.Name)
                    let count = files.CountNotFinite(key)
                    where count > 0
                    group $"{key} ({count} of {spec.Count})" by files.FileOf(key);
        return [.. found.Select(file => $"{file.Key}: expected finite weights, found infinities or NaN in {NameList.Of([.. file])}")];
    }

    private static StoredModel Reconcile(ModelConfig declared, WeightFiles files)
    {
        var keys = new WeightKeys(declared, files);
        var contradictions = new Contradictions(declared, files, keys);
        var config = contradictions.Head(contradictions.Biases(contradictions.Positions(contradictions.Vocabulary(declared))));
        contradictions.Types();
        return new StoredModel(config, contradictions.Notes);
    }
}
