namespace PipelineRobustness.Tests.Pipeline.Security;

/// <summary>A folder for a test's files.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("credentials-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
