using System.Text.RegularExpressions;
using Mono.Cecil;

namespace PipelineRobustness.Tests.Ground;

/// <summary>No class is too large, all its parts together, in the product and in the tests.</summary>
public sealed partial class ClassSizeSpecs
{
    private const int LinesMost = 400;
    private const int FieldsMost = 25;

    /// <summary>Files of several types are short (TidySpecs), so only a class in several files could be longer.</summary>
    [Fact]
    public void A_class_has_few_lines_over_all_its_parts()
    {
        var parts = Sources().SelectMany(file => Part().Matches(File.ReadAllText(file)).Select(part => (
            Class: $"{Path.GetDirectoryName(Path.GetRelativePath(Repository.Root, file))}: {part.Groups[1].Value}",
            Lines: File.ReadLines(file).Count()))).ToList();
        Assert.NotEmpty(parts);
        Assert.Empty(parts.GroupBy(part => part.Class, part => part.Lines).Where(lines => lines.Sum() > LinesMost)
            .Select(lines => $"{lines.Key}: {lines.Sum()} lines"));
    }

    [Fact]
    public void A_class_has_few_fields()
    {
        var types = Directory.EnumerateFiles(AppContext.BaseDirectory, "*ipeline*obustness*.dll").Select(ModuleDefinition.ReadModule)
            .SelectMany(module => module.Types).SelectMany(Room.WithNested)
            .Where(type => !type.IsEnum && !type.Name.Contains('<', StringComparison.Ordinal)).ToList();
        Assert.Contains(types, type => type.Name == nameof(ClassSizeSpecs));
        Assert.Contains(types, type => type.Name == "Stage");
        Assert.Empty(types.Where(type => Fields(type) > FieldsMost).Select(type => $"{type.FullName}: {Fields(type)} fields"));
    }

    // Not constants, what the compiler keeps for lambdas, and the properties of immutable records, which are values and no state.
    private static int Fields(TypeDefinition type) => type.Fields.Count(field => !field.HasConstant
        && !field.Name.StartsWith("<>", StringComparison.Ordinal)
        && !type.Properties.Any(property => field.Name == $"<{property.Name}>k__BackingField" && !IsSettable(property)));

    private static bool IsSettable(PropertyDefinition property) => property.SetMethod is { ReturnType: not RequiredModifierType };

    private static IEnumerable<string> Sources() => ((string[])["src", "tests"])
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex(@"^(?:[a-z]+ )*partial (?:class|record|struct|record struct) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Part();
}
