namespace PipelineRobustness.Cli;

/// <summary>Prints the progress of an experiment's preparation, immediately and in order.</summary>
internal sealed class LineSink(TextWriter writer) : IProgress<string>
{
    public void Report(string value) => writer.WriteLine(value);
}
