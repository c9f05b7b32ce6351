namespace Estafeta.Conformance.Postconf;

/// <summary>Our postconf against the installed one: same output, complaints, exit code and files afterwards.</summary>
public sealed class PostconfDifferenceTests(PostfixRuns postfix) : IClassFixture<PostfixRuns>
{
    private const int Crashed = 128 + 11;

    public static TheoryData<PostconfCase> Listings => [.. PostconfCase.Load("listings.txt")];

    public static TheoryData<PostconfCase> Recipes => [.. PostconfCase.Recipes()];

    public static TheoryData<PostconfCase> Edits => [.. PostconfCase.Load("edits.txt")];

    public static TheoryData<PostconfCase> CommandLines => [.. PostconfCase.Load("commandlines.txt")];

    public static TheoryData<PostconfCase> Generated => [.. GeneratedCases.All()];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Listings))]
    public Task Listing_IsWhatPostfixPrints(PostconfCase run) => CompareAsync(run);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Recipes))]
    public Task Recipe_IsShownAsByPostfix(PostconfCase run) => CompareAsync(run);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Edits))]
    public Task Edit_LeavesWhatPostfixLeaves(PostconfCase run) => CompareAsync(run);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(CommandLines))]
    public Task CommandLine_IsTakenOrRefusedAsByPostfix(PostconfCase run) => CompareAsync(run);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Generated))]
    public Task Generated_IsTreatedAsByPostfix(PostconfCase run) => CompareAsync(run);

    private async Task CompareAsync(PostconfCase run)
    {
        Assert.SkipUnless(PostconfRun.IsInstalled, "postconf of Postfix is not installed");

        var theirs = await postfix.OfAsync(run);
        Assert.SkipWhen(theirs.ExitCode == Crashed, "the installed postconf crashes");
        var ours = await PostconfRun.OursAsync(run, postfix.NewDirectory());

        Assert.True(theirs == ours, $"main.cf:\n{run.Main}\nmaster.cf:\n{run.Master}\nPostfix: {theirs}\nours:    {ours}");
    }
}
