namespace Estafeta.TestSystem;

/// <summary>The entries of master.cf that every mail system has, for Postfix and Estafeta alike; without chroot, which a throwaway system has no use for.</summary>
public static class StandardServices
{
    public const string MasterCf =
        """
        pickup    unix n - n 60 1 pickup
        cleanup   unix n - n - 0 cleanup
        qmgr      unix n - n 300 1 qmgr
        tlsmgr    unix - - n 1000? 1 tlsmgr
        rewrite   unix - - n - - trivial-rewrite
        bounce    unix - - n - 0 bounce
        defer     unix - - n - 0 bounce
        trace     unix - - n - 0 bounce
        verify    unix - - n - 1 verify
        flush     unix n - n 1000? 0 flush
        proxymap  unix - - n - - proxymap
        smtp      unix - - n - - smtp
        relay     unix - - n - - smtp
        lmtp      unix - - n - - lmtp
        tlsproxy  unix - - n - 0 tlsproxy
        showq     unix n - n - - showq
        error     unix - - n - - error
        retry     unix - - n - - error
        discard   unix - - n - - discard
        local     unix - n n - - local
        virtual   unix - n n - - virtual
        anvil     unix - - n - 1 anvil
        scache    unix - - n - 1 scache
        postlog   unix-dgram n - n - 1 postlogd

        """;
}
