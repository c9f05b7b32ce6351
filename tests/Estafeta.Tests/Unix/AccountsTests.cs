using Estafeta.Unix.Identity;

namespace Estafeta.Tests.Unix;

public sealed class AccountsTests
{
    [Fact]
    public void FindUser_Root_HasItsFields()
    {
        var root = Accounts.FindUser("root");
        Assert.NotNull(root);
        Assert.Equal(0u, root.Uid);
        Assert.StartsWith("/", root.HomeDirectory);
        Assert.Equal(root, Accounts.FindUser(0));
    }

    [Fact]
    public void Find_Unknown_IsNull()
    {
        Assert.Null(Accounts.FindUser("no-such-user-here"));
        Assert.Null(Accounts.FindUser(3999999999));
        Assert.Null(Accounts.FindGroup("no-such-group-here"));
    }

    [Fact]
    public void GroupsOf_ContainsThePrimaryGroup()
    {
        var root = Accounts.FindUser("root")!;
        Assert.Contains(root.Gid, Accounts.GroupsOf(root));
        Assert.Equal("root", Accounts.FindGroup(0)?.Name);
    }
}
