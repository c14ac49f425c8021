using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>The English text embedded in the library.</summary>
internal static class EmbeddedText
{
    private const string Resource = "corpus.txt";

    /// <summary>The text as if it were a file.</summary>
    public static SourceFile File { get; } = new("embedded text", SourceFormat.Text, Open);

    private static Stream Open() => typeof(EmbeddedText).Assembly.GetManifestResourceStream(Resource)
        ?? throw new InvalidOperationException($"the library was built without its resource {Resource}");
}
