using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>An option with a positive integer.</summary>
internal static class PositiveOption
{
    public static Option<int> Of(string name, int defaultValue, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "NUMBER", DefaultValueFactory = _ => defaultValue };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(int.TryParse(result.Tokens[0].Value, out var number) && number >= 1))
                result.AddError($"{name}: expected a whole number of at least 1, found {result.Tokens[0].Value}");
        });
        return option;
    }
}
