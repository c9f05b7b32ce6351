using Estafeta.Commands.Check;

namespace Estafeta.Tests.Commands.Check;

/// <summary>
/// estafeta check on the ways Postfix is run (recipes.txt): it says what is listed there and nothing else, and at most one finding in ten is a false
/// alarm. Files and accounts that the recipes name are not on this machine, and parameters not acted upon yet become fewer: those are not counted.
/// </summary>
public sealed class RecipeTests
{
    private static readonly string[] OfTheMachine = ["table-missing", "certificate-missing", "unknown-user", "missing-socket", "not-honoured"];

    public static TheoryData<Recipe> Recipes => [.. Recipe.All()];

    [Theory]
    [MemberData(nameof(Recipes))]
    public async Task Findings_AreThoseListed(Recipe recipe)
    {
        var found = (await CheckProgram.FindingsAsync(CheckedConfiguration.Parse(MainCf(recipe), CheckTests.MasterCf + recipe.Master, "/c"), TimeProvider.System))
            .Where(f => !OfTheMachine.Contains(f.Rule)).ToList();

        Assert.Equal(recipe.Findings.Select(f => f.Rule).Order(), found.Select(f => f.Rule).Order());
    }

    private static string MainCf(Recipe recipe) =>
        (recipe.Main.Contains("myhostname", StringComparison.Ordinal) ? "" : "myhostname = mail.example.com\n") + CheckTests.Base + recipe.Main;

    [Fact]
    public void FalseAlarms_AreAtMostATenthOfTheRecipes()
    {
        var recipes = Recipe.All().ToList();
        var falseAlarms = recipes.Count(r => r.Findings.Any(f => !f.IsTrue));

        Assert.True(recipes.Count >= 24);
        Assert.True(falseAlarms * 10 <= recipes.Count, $"{falseAlarms} of {recipes.Count} recipes have a false alarm");
        Assert.All(recipes.SelectMany(r => r.Findings), f => Assert.NotEmpty(f.Why));
    }
}
