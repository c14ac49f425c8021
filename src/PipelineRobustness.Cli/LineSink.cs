namespace PipelineRobustness.Cli;

/// <summary>Prints what is told while an experiment is prepared, at once and in order.</summary>
internal sealed class LineSink(TextWriter writer) : IProgress<string>
{
    public void Report(string value) => writer.WriteLine(value);
}
