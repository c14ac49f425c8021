using System.Text;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Models;

/// <summary>A model's files that a failed download left: each is called what it is.</summary>
public sealed class FailedDownloadSpecs : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:abababababababab\nsize 1234567\n";
    private const string Page = "<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>\n";
    private const string Zip = "PK\u0003\u0004\0\0\b\b\0\0\0\0\0\0\0\0\0\0archive/data.pkl";
    private const string NotFound = "Entry not found";
    private const string Error = "{\"error\":\"Repository not found\"}";

    private const string IsPointer = "a Git LFS pointer: the file itself was not fetched (git lfs pull)";
    private const string IsPage = "an HTML page: the file itself was not downloaded";
    private const string IsZip = "a zip archive";
    private const string IsError = "a server's error message: the file itself was not downloaded";

    private static readonly (string Content, string What)[] Contents =
        [(Pointer, IsPointer), (Page, IsPage), (Zip, IsZip), (NotFound, IsError), (Error, IsError)];

    private readonly string _folder = Directory.CreateTempSubdirectory("download-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("model.safetensors", "a safetensors file")]
    [InlineData("model.safetensors.index.json", "UTF-8 text")]
    [InlineData("model-00001-of-00001.safetensors", "a safetensors file")]
    [InlineData("config.json", "UTF-8 text")]
    [InlineData("tokenizer.json", "UTF-8 text")]
    [InlineData("merges.txt", "UTF-8 text")]
    public void A_file_of_a_model_is_refused_as_what_it_is(string name, string expected)
    {
        foreach (var (content, what) in Contents)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllText(path, content, Encoding.Latin1);
            var hint = what == IsZip && name.EndsWith(".safetensors", StringComparison.Ordinal) ? ", as PyTorch's .bin files are" : "";
            Assert.Equal($"{path}: expected {expected}, found {what}{hint}", Assert.Throws<BadInputException>(() => Read(path)).Message);
        }
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public void A_link_to_nothing_is_not_taken_for_an_absent_file(string name)
    {
        var path = Path.Combine(_folder, name);
        File.CreateSymbolicLink(path, "../../blobs/abc");
        var message = Assert.Throws<BadInputException>(() =>
        {
            if (name.StartsWith("model", StringComparison.Ordinal))
                WeightFiles.Open(_folder).Dispose();
            else
                Read(path);
        }).Message;
        Assert.Equal($"{path}: expected a file, found a link to nothing (../../blobs/abc)", message);
    }

    [Fact]
    public void A_zip_archive_that_is_too_large_for_a_config_is_called_a_zip_archive()
    {
        var path = Path.Combine(_folder, "config.json");
        File.WriteAllText(path, Zip + new string('x', 1 << 20), Encoding.Latin1);
        Assert.Equal(
            $"{path}: expected at most 1048576 bytes, found 1048610 of {IsZip}",
            Assert.Throws<BadInputException>(() => ModelConfig.Read(path)).Message);
    }

    [Theory]
    [InlineData(640), InlineData(0x8B1F)]
    public void A_header_length_that_looks_like_a_signature_is_a_length(int length)
    {
        var path = Path.Combine(_folder, "model.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)length), .. Encoding.ASCII.GetBytes("{}".PadRight(length))]);
        using (var file = SafeTensorsFile.Open(path))
            Assert.Empty(file.Tensors);

        File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);
        Assert.Equal(
            $"{path}: expected a safetensors header of at most 92 bytes, found {length}",
            Assert.Throws<BadInputException>(() => SafeTensorsFile.Open(path)).Message);
    }

    private static void Read(string path)
    {
        if (path.EndsWith("-00001.safetensors", StringComparison.Ordinal))
        {
            var index = Path.Combine(Path.GetDirectoryName(path)!, WeightFiles.IndexName);
            File.WriteAllText(index, $$"""{"weight_map": {"a": "{{Path.GetFileName(path)}}" } }""");
            path = index;
        }

        if (path.EndsWith(".safetensors", StringComparison.Ordinal) || path.EndsWith(".index.json", StringComparison.Ordinal))
            WeightFiles.Open(path).Dispose();
        else if (path.EndsWith("config.json", StringComparison.Ordinal))
            ModelConfig.Read(path);
        else
            OpenTokenizer(path);
    }

    private static void OpenTokenizer(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (path.EndsWith("merges.txt", StringComparison.Ordinal))
            File.WriteAllText(Path.Combine(folder, "vocab.json"), """{"a":0}""");
        PipelineRobustness.Models.Text.Tokenizers.TokenizerFolder.Open(folder);
    }
}
