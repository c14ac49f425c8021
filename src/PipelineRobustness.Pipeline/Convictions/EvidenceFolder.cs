using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>
/// A folder with a folder of its own for each conviction: <c>evidence.json</c> and <c>exhibits.safetensors</c>. Each file is written under
/// another name and renamed, the one that names the other's hash last. Written again they have the same bytes, but for signatures.
/// </summary>
/// <param name="folder">The folder, which is made when something is first written.</param>
/// <param name="identity">The run's identity.</param>
/// <param name="ask">Called before something is written; throws where this process may no longer write.</param>
public sealed class EvidenceFolder(string folder, string identity, Action ask) : IEvidence
{
    /// <summary>The file of text.</summary>
    public const string TextName = "evidence.json";

    /// <summary>The file of tensors.</summary>
    public const string ExhibitsName = "exhibits.safetensors";

    /// <inheritdoc/>
    public void Write(EvidenceBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ask();
        var place = Path.Combine(folder, bundle.Name);
        DurableFolder.Create(place);
        var exhibits = SafeTensorsWriter.WriteDigested(Path.Combine(place, ExhibitsName), bundle.Exhibits);
        ask();
        var content = bundle.Content with { Identity = identity, Exhibits = exhibits };
        AtomicFile.Write(
            Path.Combine(place, TextName), file => file.Write(EvidenceText.Of(EvidenceFile.Sign(content, [.. bundle.Signatures], bundle.Key))));
    }
}
